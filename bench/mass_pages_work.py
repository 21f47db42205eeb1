"""The pages of runs of many lines, over HTTP, and the bare rows of each by raw SQL."""

from collections.abc import Callable
from typing import Any

import requests
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from accounts.models import User
from bench import desk, mass_confirm_work
from billing.models import MassRun

PER_PAGE = 25
LINES = """
SELECT l.*, p.first_name, p.last_name, m.brand, m.last4 FROM billing_runline l
JOIN accounts_person p ON p.id = l.person_id JOIN wallet_paymentmethod m ON m.id = l.method_id
WHERE l.run_id = %(run)s AND l.state = 'included' ORDER BY l.amount DESC, l.id LIMIT 25 OFFSET %(offset)s
"""
LINES_BY_STATE = "SELECT state, reason, count(*), sum(amount) FROM billing_runline WHERE run_id = %(run)s GROUP BY 1, 2"
TRIES = """
SELECT a.*, p.amount, c.number, s.first_name, s.last_name FROM billing_attempt a
JOIN billing_payment p ON p.id = a.payment_id JOIN accounts_client c ON c.id = p.client_id
JOIN accounts_person s ON s.id = p.person_id WHERE p.run_id = %(run)s AND a.state <> 'created'
ORDER BY a.settled_at DESC LIMIT 25 OFFSET %(offset)s
"""
TRIES_BY_STATE = """
SELECT a.state, a.reason, count(*), sum(p.amount) FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
WHERE p.run_id = %(run)s GROUP BY 1, 2
"""
RUNS = "SELECT * FROM billing_massrun WHERE organization_id = %(org)s ORDER BY created_at DESC LIMIT 25"
# Of a hundred tries that were answered, five were declined; nothing is booked, the pages only read.
ANSWER = """
UPDATE billing_attempt a SET sent_at = now(), heard_at = now(), settled_at = now() - random() * interval '1 minute',
  state = CASE WHEN p.number %% 20 = 0 THEN 'declined' ELSE 'succeeded' END,
  reason = CASE WHEN p.number %% 20 = 0 THEN 'insufficient_funds' ELSE '' END
FROM billing_payment p
WHERE p.id = a.payment_id AND p.run_id = %(run)s AND a.state = 'created' AND p.number %% 100 < %(percent)s
"""
QUESTIONS = {
    "review": (LINES, LINES_BY_STATE),
    "progress": (TRIES, TRIES_BY_STATE),
    "progress_polled": (TRIES, TRIES_BY_STATE),
    "result": (TRIES, TRIES_BY_STATE),
    "runs": (RUNS,),
}
# The part that is drawn again every few seconds.
POLLED = {"HX-Request": "true", "HX-Target": "job"}

Ask = Callable[[dict[str, str]], None]


def collected() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def under_way(run: MassRun, people: int) -> None:
    """Confirmed, and two of three lines answered."""
    mass_confirm_work.confirmed(run, people)
    _answer(run, 66)


def ended(run: MassRun) -> None:
    """Every line answered."""
    _answer(run, 100)
    MassRun.objects.filter(pk=run.pk).update(state="finished", ended_at=run.created_at)


def _answer(run: MassRun, percent: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ANSWER, {"run": run.pk, "percent": percent})
        cursor.execute("VACUUM ANALYZE")


def browser(base: str, by: User, run: MassRun) -> Callable[[str], Ask]:
    """What asks for one of the pages of that run, again and again."""
    session = requests.Session()
    session.cookies.update(desk.signed_in(by))
    org = run.organization.slug
    runs, page = base + reverse("mass-charges", args=[org]), base + reverse("mass-charge", args=[org, run.pk])

    def asking(name: str) -> Ask:
        polled: dict[str, Any] = {"headers": POLLED} if name == "progress_polled" else {}
        more = {"stage": "running", "show": "latest"} if polled else {}

        def ask(asked: dict[str, str]) -> None:
            answer = session.get(runs if name == "runs" else page, params=asked | more, timeout=60, **polled)
            if answer.status_code != 200 or MARKS[name] not in answer.text:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.url}")

        return ask

    return asking


# By what each page is known.
MARKS = {
    "review": "Review the mass charge",
    "progress": "Mass charge progress",
    "progress_polled": "Mass charge progress",
    "result": "Do it again",
    "runs": "Mass charges",
}


def raw(name: str, run: MassRun) -> Ask:
    """The rows of that page and the figures above them, with nothing of ours around them."""

    def ask(asked: dict[str, str]) -> None:
        offset = (int(asked.get("page", 1)) - 1) * PER_PAGE
        with connection.cursor() as cursor:
            for question in QUESTIONS[name]:
                cursor.execute(question, {"run": run.pk, "org": run.organization_id, "offset": offset})
                cursor.fetchall()

    return ask
