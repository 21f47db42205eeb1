"""The agreement as a document: who keeps it, what it says, and that it goes with the letter that tells of it."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.urls import reverse

from messaging.models import Message
from messaging.rendering import compose
from messaging.services.sending import send_queued
from tests.billing.views.ways import at, signed_in
from tests.builders import a_client, a_saved_method, a_user, an_account, an_authorization, an_organization, staff
from wallet.consents import consent
from wallet.documents.agreements import agreement_pdf, facts_of
from wallet.models import Authorization
from wallet.services import telling

pytestmark = pytest.mark.django_db
WHEN = dt.datetime(2026, 11, 22, 1, 2, 3, tzinfo=dt.UTC)


@pytest.fixture
def centre():
    where = {"address": "1, rue du Parc\nSaint-Aubin", "email": "info@erables.example", "phone": "450 555-0100"}
    return an_organization("erables", name="Les Érables", legal_name="Centre Les Érables inc.", **where)


def an_agreement(centre, language: str = "fr", **fields: object) -> Authorization:
    user = a_user("marie@example.com", language="en")
    client = an_account(centre, "Marie-Ève Tremblay", email="marie@example.com", language=language, user=user)
    agreed = consent(rail="acss_debit", organization=centre, language=language, on=WHEN.date())
    facts = {"consent_version": agreed.version, "consent_language": language, "consent_text": agreed.text}
    method = a_saved_method(client.account, "bank", holder="Marie-Ève Tremblay")
    known = {"requested_at": WHEN, "granted_by": user, "processor_mandate": "mandate_123", **facts}
    return an_authorization(centre, method=method, **{**known, **fields})


def said(authorization: Authorization) -> str:
    """Everything the page says, as one text with ordinary spaces."""
    facts = facts_of(authorization)
    rows = [f"{label}: {value}" for label, value in [*facts["parties"], *facts["proof"]]]
    words = [f"{one['heading']} {one['text']}" for one in facts["clauses"]]
    return "\n".join([*facts["payee"]["lines"], facts["revoked"], *rows, *words, facts["cancel"]]).replace("\xa0", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_says_who_what_and_in_which_words(centre, language):
    text = said(an_agreement(centre, language))
    for expected in ("Centre Les Érables inc.", "info@erables.example", "450 555-0100", "Marie-Ève Tremblay"):
        assert expected in text
    for expected in ("6789", "mandate_123", f"pad2-combined-waived · {language}"):
        assert expected in text
    given = {"fr": "je renonce à mon droit de recevoir un préavis", "en": "I waive my right to receive notice"}
    assert given[language] in text


def test_online_it_says_from_where_and_with_the_zone_of_the_clock(centre):
    text = said(an_agreement(centre, "en", ip="203.0.113.7", user_agent="Firefox 141"))
    assert "203.0.113.7" in text
    assert "Firefox 141" in text
    assert "2026-11-21 20:02:03 Eastern Standard Time" in text


@pytest.mark.parametrize("channel", ["in_person", "phone", "paper"])
def test_taken_by_staff_it_says_by_whom_and_not_from_which_screen(centre, channel):
    clerk = staff("front_desk", centre, name="Luc Roy")
    text = said(an_agreement(centre, "en", channel=channel, granted_by=clerk, ip="198.51.100.9", user_agent="Chrome"))
    assert str(clerk) in text
    assert "198.51.100.9" not in text
    assert "Chrome" not in text


def test_it_shows_last_digits_and_never_a_longer_number(centre):
    assert not re.search(r"\d{5,}", said(an_agreement(centre)).replace("A-0", "").replace("0000", ""))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_an_accessible_pdf_and_the_same_row_gives_the_same_bytes(centre, language):
    agreement = an_agreement(centre, language)
    document = agreement_pdf(agreement)
    assert document.startswith(b"%PDF-")
    for mark in (b"pdfuaid:part", b"/StructTreeRoot", b"/MarkInfo"):
        assert mark in document
    assert f"/Lang({language}-CA)".encode() in document.replace(b"/Lang (", b"/Lang(")
    assert agreement_pdf(Authorization.objects.get(pk=agreement.pk)) == document


def test_an_agreement_of_an_earlier_edition_is_set_too(centre):
    old = an_agreement(centre, consent_version="pad-2026-11", consent_text="Accord de débit.\n\nPayé à : Les Érables.")
    assert agreement_pdf(old).startswith(b"%PDF-")


def test_the_holder_receives_a_copy_with_the_letter_however_often_it_is_made(centre):
    agreement = an_agreement(centre)
    telling.granted(agreement, WHEN)
    letter = Message.objects.get(kind="authorization_granted")
    [(name, content, kind)] = compose(letter).attachments
    assert (name, kind) == (f"agreement-{agreement.pk}.pdf", "application/pdf")
    assert content == agreement_pdf(agreement) == compose(letter).attachments[0][1]
    assert letter.facts == {"method": str(agreement.method), "by": "client", "authorization": agreement.pk}


@pytest.mark.django_db(transaction=True)
def test_the_copy_leaves_with_the_mail(centre):
    telling.granted(an_agreement(centre), WHEN)
    send_queued(clock=lambda: WHEN)
    assert [part[2] for part in mail.outbox[0].attachments] == ["application/pdf"]


def test_a_card_needs_no_document_and_a_withdrawal_confirms_in_words(centre):
    client = an_account(centre, "Paul Côté", email="paul@example.com")
    card = an_authorization(centre, method=a_saved_method(client.account))
    telling.granted(card, WHEN)
    telling.revoked(card, None, WHEN)
    for letter in Message.objects.all():
        assert compose(letter).attachments == []
    assert Message.objects.filter(kind="authorization_revoked").count() == 1


def test_the_holder_downloads_it_even_once_withdrawn(centre, client):
    agreement = an_agreement(centre, state="revoked", revoked_at=WHEN)
    client.force_login(agreement.method.account.user)
    page = client.get(reverse("my-agreement", args=[agreement.method_id, agreement.client_id]))
    assert (page.status_code, page["Content-Type"]) == (200, "application/pdf")
    assert page.content == agreement_pdf(agreement)


def test_nobody_downloads_another_households(centre, client):
    agreement = an_agreement(centre)
    stranger = a_user()
    an_account(centre, "Autre", user=stranger)
    client.force_login(stranger)
    assert client.get(reverse("my-agreement", args=[agreement.method_id, agreement.client_id])).status_code == 404


def test_staff_download_what_their_own_organization_was_given(centre):
    agreement = an_agreement(centre, state="revoked", revoked_at=WHEN)
    desk = signed_in("finance", centre)
    page = desk.get(at(centre, "client-agreement", agreement.client_id, agreement.pk))
    assert page.content == agreement_pdf(agreement)
    other = an_organization("ailleurs")
    theirs = a_client(other, agreement.method.account)
    assert desk.get(at(centre, "client-agreement", agreement.client_id, 0)).status_code == 404
    assert signed_in("finance", other).get(at(other, "client-agreement", theirs.pk, agreement.pk)).status_code == 404
