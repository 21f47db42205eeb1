"""The mass e-mail from selection to outbox: one letter per account, each in its language, none written twice.

Letters go to the outbox some at a time, as it empties: receipts and notices do not wait behind thousands of them, and
what has not begun to leave when a run is stopped never does.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import Client, Organization, Person, Selection, User
from accounts.services import trail
from billing.models import MassRun, RunLine
from billing.services import debts, ending, run_lines
from billing.services.numbering import take_numbers
from billing.services.refund_lines import SINCE_REVIEW
from billing.services.run_lines import NewLine
from billing.services.runs import NotADraft
from messaging.services import outbox
from messaging.services.outbox import Letter

KIND = "mass_message"
LANGUAGES = ("fr", "en")
WAITING = ["queued", "sending"]
# At most so many of a run wait in the outbox.
AT_ONCE = 250

LINK_LINES = """
UPDATE billing_runline l SET message_id = m.id FROM messaging_message m
WHERE l.id = ANY(%(lines)s) AND m.key = 'run/' || l.run_id || '/' || l.id
"""


@transaction.atomic
def draft(
    *,
    organization: Organization,
    noun: str,
    ids: Sequence[int],
    options: dict,
    by: User,
    now: dt.datetime,
    selection: Selection | None = None,
) -> MassRun:
    """Prepare a mass e-mail for review: one line per account, with every exclusion and its reason. Sends nothing.

    `options`: `subject` and `body`, each by language; a language left empty is written to in the other one.
    """
    run = MassRun.objects.create(
        organization=organization,
        kind="message",
        number=take_numbers(organization=organization, document="message", count=1),
        title=_title(organization, options),
        per="account",
        selection=selection,
        selection_size=len(ids),
        options=options | {"noun": noun, "ids": list(ids)},
        created_by=by,
        created_at=now,
    )
    _write_lines(run)
    return run


def _title(organization: Organization, options: dict) -> str:
    subjects = options["subject"]
    return (subjects.get(organization.default_language) or next(filter(None, subjects.values()), ""))[:120]


@transaction.atomic
def redraft(*, run: MassRun, options: dict) -> MassRun:
    """Change what a draft says and look again at who would get it."""
    run = MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state != "draft":
        raise NotADraft(run)
    run.options, run.title = run.options | options, _title(run.organization, options)
    run.save(update_fields=["options", "title"])
    removed = set(run.lines.filter(reason="removed").values_list("client_id", flat=True))
    run.lines.all().delete()
    _write_lines(run)
    run.lines.filter(client__in=removed, state="included").update(state="excluded", reason="removed")
    return run


def _clients(run: MassRun) -> QuerySet[Client]:
    """Of each household selected its client, once, however many of its people were ticked."""
    ids = run.options["ids"]
    if run.options["noun"] == "people":
        ids = set(Person.objects.filter(debts.among("pk", ids)).values_list("account", flat=True))
    mine = Client.objects.for_organization(run.organization).filter(debts.among("account", ids))
    return mine.order_by("account__owner__sort_key", "pk")


def _write_lines(run: MassRun) -> None:
    rows = _clients(run).values_list("pk", "account__email", "account__language", "archived_at")
    bodies, seen, lines = run.options["body"], set[str](), list[NewLine]()
    for position, (client, email, language, archived) in enumerate(rows, 1):
        reason = _reason(email, archived is not None, seen)
        seen.add(email.lower())
        other = language in LANGUAGES and not bodies.get(language)
        lines.append(
            NewLine(
                position=position,
                client_id=client,
                reason=reason,
                flags=("other_language",) if other and not reason else (),
            )
        )
    run_lines.write(run, lines)


def _reason(email: str, archived: bool, seen: set[str]) -> str:
    if archived:
        return "archived"
    if not email:
        return "no_email"
    return "same_address" if email.lower() in seen else ""


def begin(run: MassRun, now: dt.datetime) -> None:
    """Nothing is written with the confirmation: the sweep writes the letters, some at a time."""


@transaction.atomic
def write_next(*, run: MassRun, now: dt.datetime) -> int:
    """Write as many letters as the outbox has room for, and end the run once all have left. The answer is how many.

    One transaction: killed half-way it leaves nothing, and a letter's key is its line's, so none is written twice.
    """
    run = MassRun.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=run.pk)
    if run.state != "running":
        return 0
    waiting = run.lines.filter(message__state__in=WAITING).count()
    todo = run.lines.filter(state="included", message=None).order_by("position")
    lines = list(todo.select_related("client__account__owner")[: max(0, AT_ONCE - waiting)])
    if lines:
        return _write(run, lines)
    if not waiting and not todo.exists():
        _finish(run, now)
    return 0


def _write(run: MassRun, lines: Sequence[RunLine]) -> int:
    gone = [line.pk for line in lines if line.client.archived_at]
    lost = [line.pk for line in lines if not line.client.archived_at and not line.client.account.email]
    for pks, reason in ((gone, "archived"), (lost, "no_email")):
        RunLine.objects.filter(pk__in=pks).update(state="excluded", reason=reason, flags=[SINCE_REVIEW])
    kept = [line for line in lines if line.pk not in {*gone, *lost}]
    outbox.write_many([_letter(run, line) for line in kept])
    with connection.cursor() as cursor:
        cursor.execute(LINK_LINES, {"lines": [line.pk for line in kept]})
    return len(lines)


def _letter(run: MassRun, line: RunLine) -> Letter:
    account = line.client.account
    return Letter(
        organization_id=run.organization_id,
        client_id=line.client_id,
        kind=KIND,
        key=f"run/{run.pk}/{line.pk}",
        to=account.email,
        language=account.language,
        facts=facts_of(run, line.client),
    )


def facts_of(run: MassRun, client: Client) -> dict:
    """What a letter says to this client, in the languages it is written in for them."""
    language = client.account.language
    options = run.options
    wanted = [language] if language in LANGUAGES and options["body"].get(language) else list(LANGUAGES)
    texts = {
        f"{part}_{spoken}": options[part][spoken]
        for part in ("subject", "body")
        for spoken in wanted
        if options[part].get(spoken)
    }
    name = str(client.account.owner or client)
    return {**texts, "name": name, "balance": client.balance, "currency": run.organization.currency}


def _finish(run: MassRun, now: dt.datetime) -> None:
    MassRun.objects.filter(pk=run.pk).move("finished", ended_at=now)
    ending.tell(run, state="finished")
    facts = {"run": run.display_number}
    trail.record(organization=run.organization, verb="message_finished", by=None, now=now, facts=facts)


# --- how far it is ----------------------------------------------------------------------------------
SENT, LEAVING, FAILED = Q(message__state="sent"), Q(message__state__in=WAITING), Q(message__state="failed")
UNWRITTEN = Q(state="included", message=None)
# Who could no longer be written to when their turn came.
LEFT_OUT = Q(state="excluded", flags__contains=[SINCE_REVIEW])


def figures_of(run: MassRun) -> dict[str, int]:
    """How many letters were sent, are leaving, failed, are not written yet."""
    groups = {"sent": SENT, "leaving": LEAVING, "failed": FAILED, "unwritten": UNWRITTEN}
    return {name: run.lines.filter(condition).count() for name, condition in groups.items()}


def not_begun(run: MassRun) -> int:
    """How many letters would never leave if the run were stopped now."""
    return run.lines.filter(UNWRITTEN | Q(message__state="queued", message__tries=0)).count()


def failures(run: MassRun) -> QuerySet[RunLine]:
    """The lines whose letter did not leave, with what the mail server said."""
    return run.lines.filter(FAILED).annotate(error=F("message__error"))
