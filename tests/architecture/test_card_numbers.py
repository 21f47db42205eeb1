"""No card number is kept, whichever way it comes in: forms, the database, the log and the mail each refuse it."""

import logging
import sys

import pytest
from django import forms
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, connection, models, transaction

import smartrec.urls  # noqa: F401  so that every form is known
from smartrec.card_numbers import REMOVED
from smartrec.forms import Form
from smartrec.logs import Formatter
from smartrec.mail import Backend
from tests.builders import an_account, an_organization

ROOMS = ("accounts", "messaging", "wallet", "billing", "installments", "registration", "action_center")
NUMBER, OTHER = "4242 4242 4242 4242", "4242424242424241"
# Columns no person writes in, or whose own form is checked: they hold what we or the processor wrote.
OURS = {
    *("slug", "email", "phone", "to", "time_zone", "processor_account", "role", "verb", "password", "kind", "key"),
    *("processor_id", "disabled_reason", "problem", "due", "processor_method", "processor_mandate", "endpoint", "rail"),
    *("fingerprint", "consent_version", "consent_text", "user_agent", "processor_customer", "processor_session"),
    *("version", "text", "processor_payment", "processor_page", "code", "advice", "processor_charge", "flags"),
    *("processor_event", "type", "object_id", "payload", "processor_refund", "processor_dispute", "status"),
    *("reference", "counts", "search_key", "sort_key", "invalid_reason", "notices_email", "processor_movement"),
}
BY_US = {"billing.RunLine.reason", "billing.Attempt.reason", "billing.Refund.reason", "billing.Dispute.reason"}
BY_US |= {"billing.Discrepancy.theirs", "billing.Discrepancy.ours", "billing.MassRun.held_back"}
BY_US |= {"billing.Unreconciled.id", "billing.ProcessorEvent.error", "billing.BooksAlarm.found"}


def typed_columns() -> list[tuple[str, str, str]]:
    found = []
    for model in apps.get_models():
        if model._meta.app_label in ROOMS:
            found += [
                (model._meta.label, model._meta.db_table, f.column) for f in model._meta.concrete_fields if _long(f)
            ]
    return found


def _long(field: models.Field) -> bool:
    if isinstance(field, ArrayField):
        return isinstance(field.base_field, models.CharField)
    if isinstance(field, models.JSONField):
        return True
    return isinstance(field, models.CharField | models.TextField) and (field.max_length or 999) >= 20


@pytest.mark.django_db
def test_the_database_refuses_a_card_number_in_every_text_a_person_types():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname LIKE '%%_holds_no_card_number'"
        )
        kept = dict(cursor.fetchall())
    bare = [
        f"{label}.{column}"
        for label, table, column in typed_columns()
        if f"({column})::text" not in kept.get(table, "")
        and f"({column})" not in kept.get(table, "")
        and column not in OURS
        and f"{label}.{column}" not in BY_US
    ]
    assert bare == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [NUMBER, "Carte 4242-4242-4242-4242 exp. 12/28", "378282246310005", "4242\u00a04242 4242.4242"]
)
def test_a_note_with_a_card_number_is_refused_by_the_database(text):
    client = an_account(an_organization())
    with pytest.raises(IntegrityError, match="holds_no_card_number"), transaction.atomic():
        client.__class__.objects.filter(pk=client.pk).update(notes=text)
    client.refresh_from_db()
    assert client.notes == ""


@pytest.mark.django_db
@pytest.mark.parametrize("text", [OTHER, "514 555-0123", "2026-11-21 14:30", "P-00042, P-00043", "1234567890 TQ 0001"])
def test_other_digits_are_kept_by_the_database(text):
    client = an_account(an_organization())
    client.__class__.objects.filter(pk=client.pk).update(notes=text, tags=[text[:40]])


def test_every_form_of_ours_refuses_card_numbers():
    ours = [one for one in _below(forms.BaseForm) if one.__module__.split(".")[0] in (*ROOMS, "smartrec")]
    assert len(ours) > 10
    assert [f"{one.__module__}.{one.__name__}" for one in ours if not issubclass(one, Form)] == []


def _below(form: type) -> list[type]:
    return [one for below in form.__subclasses__() for one in [below, *_below(below)]]


def test_a_form_says_so_in_words():
    class Note(Form):
        text = forms.CharField()

    assert Note({"text": OTHER}).is_valid()
    assert [error.code for error in Note({"text": NUMBER}).errors.as_data()["text"]] == ["card_number"]


def test_a_line_of_the_log_shows_no_card_number():
    try:
        raise ValueError(f"DETAIL: row contains ({NUMBER})")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "typed %s", (NUMBER,), sys.exc_info())
    record.about = "4242424242424242"
    line = Formatter("%(message)s").format(record)
    assert (line.count(REMOVED), "4242" in line) == (3, False)


def test_every_handler_of_the_log_writes_that_way(settings):
    used = {handler["formatter"] for handler in settings.LOGGING["handlers"].values()}
    assert {settings.LOGGING["formatters"][name]["()"] for name in used} == {"smartrec.logs.Formatter"}


def test_a_message_leaves_without_a_card_number(settings):
    settings.EMAIL_DELIVERY = "django.core.mail.backends.locmem.EmailBackend"
    letter = EmailMultiAlternatives(f"Re: {NUMBER}", f"Ma carte: {NUMBER}", to=["a@example.com"])
    letter.attach_alternative(f"<p>{NUMBER}</p>", "text/html")
    assert Backend().send_messages([letter]) == 1
    [sent] = mail.outbox
    assert "4242 4242" not in sent.message().as_string()
    assert sent.body == f"Ma carte: {REMOVED}"
