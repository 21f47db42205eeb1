"""The People list over a million people, asked over HTTP by someone signed in, beside the same rows in raw SQL."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import requests

from bench.figures import Figure
from bench.ground import DATA, stand_on
from smartrec.devstack.parts import Parts
from smartrec.devstack.places import fingerprint
from smartrec.devstack.refusals import free_port, open_port

DATABASE = "people"
HOST = "127.0.0.1"
WARM_UP, MEASURED = 8, 60
NAMES = (
    "tremblay",
    "gagnon léa",
    "roy olivier",
    "nguyen",
    "côté zoé",
    "macdonald",
    "bélanger w",
    "st-pierre",
    "diallo",
)


def figures() -> Iterator[Figure]:
    """The 95th percentile for the first page, for each of three filters alone, and for all three."""
    marker = DATA / DATABASE / "data-set"
    wanted = fingerprint("*/migrations/0001_initial.py", "registration/demo/sql/*.sql", "registration/demo/sizes.py")
    is_there = marker.exists() and marker.read_text() == wanted
    folder = stand_on(DATABASE, afresh=not is_there)
    from bench import people_list_work as work  # noqa: PLC0415 - Django must stand first

    if not is_there:
        work.fill()
        marker.write_text(wanted)
    activity = work.an_activity()
    with web(folder) as base:
        session = _sign_in(base)
        for name, questions in _scenarios(activity).items():
            page = percentile(lambda asked: _ask(session, base, asked), questions)
            floor = percentile(work.ask_raw, questions)
            yield Figure(name=f"people_list_{name}", unit="ms", value=page, floor=floor, n=MEASURED)


def _scenarios(activity: int) -> dict[str, list[dict[str, str]]]:
    by_name = [{"q": name} for name in NAMES]
    return {
        "first_page": [{}],
        "text": by_name,
        "saved_card": [{"card": "yes"}],
        "activity": [{"activity": str(activity)}],
        "three_filters": [{**asked, "card": "yes", "activity": str(activity)} for asked in by_name],
    }


def percentile(ask: Callable[[dict[str, str]], None], questions: list[dict[str, str]]) -> float:
    """The 95th percentile of a measured series, in milliseconds."""
    asked = list(islice(cycle(questions), WARM_UP + MEASURED))
    times = []
    for question in asked:
        began = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times[WARM_UP:])[int(MEASURED * 0.95) - 1]


def _ask(session: requests.Session, base: str, asked: dict[str, str]) -> None:
    answer = session.get(f"{base}/o/erables/clients/people/", params=asked, timeout=60)
    answer.raise_for_status()
    if 'name="q"' not in answer.text:
        raise RuntimeError(f"{answer.url} shows no list")


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """The product's own web server, started as the stack starts it."""
    port = free_port()
    base = f"http://{HOST}:{port}"
    with open_port(HOST, port) as door:
        web = Parts(folder, {**os.environ, "ALLOWED_HOSTS": HOST, "PYTHONUNBUFFERED": "1"}).web(door, f"{base}/healthz")
        web.start()
        try:
            web.wait_until_it_answers(patience=60)
            yield base
        finally:
            web.ask_to_stop()
            web.finish()


def _sign_in(base: str) -> requests.Session:
    from registration.demo.organizations import PASSWORD, sign_in  # noqa: PLC0415

    session = requests.Session()
    session.get(f"{base}/sign-in/", timeout=60).raise_for_status()
    typed = {
        "login": sign_in("finance", "erables"),
        "password": PASSWORD,
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    session.post(f"{base}/sign-in/", data=typed, timeout=60).raise_for_status()
    return session
