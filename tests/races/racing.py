"""Several threads at the same instant, each on its own connection."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

PATIENCE = 120
WAITING_HERE = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def race(contender: Callable[[], Any], *, contenders: int = 8) -> list[Any]:
    """What each of them got: a value, or the exception it ran into."""
    barrier = threading.Barrier(contenders)

    def run(_: int) -> Any:
        try:
            barrier.wait(PATIENCE)
            return contender()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(contenders) as pool:
        return list(pool.map(run, range(contenders)))


def slow(look: Callable[..., Any], *, contenders: int = 8) -> Callable[..., Any]:
    """The same look, after which every contender waits until all have looked: a race that a control always loses."""
    all_have_looked = threading.Barrier(contenders)

    def look_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = look(*args, **kwargs)
        all_have_looked.wait(PATIENCE)
        return found

    return look_and_wait


@contextmanager
def uncommitted(act: Callable[[], Any]) -> Iterator[None]:
    """Somebody else has done this in a transaction of their own, and commits it only when the block has ended."""
    done, commit = threading.Event(), threading.Event()

    def do() -> None:
        try:
            with transaction.atomic():
                act()
                done.set()
                assert commit.wait(PATIENCE)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as somebody:
        work = somebody.submit(do)
        try:
            assert done.wait(PATIENCE)
            yield
        finally:
            commit.set()
        work.result(PATIENCE)


def in_a_thread(act: Callable[[], Any]) -> Any:
    """For a hand of its own: its connection ends with what it does."""
    try:
        return act()
    finally:
        connection.close()


def until_somebody_waits() -> None:
    """Stand still until somebody else waits for a lock."""
    for _look in range(PATIENCE * 50):
        with connection.cursor() as cursor:
            cursor.execute(WAITING_HERE)
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def without_waiting(act: Callable[[], Any]) -> Any:
    """What is done at once while somebody else is at work; nothing where one would have to wait for them."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            return act()
    except OperationalError:
        return None


def winners(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, Exception)]
