"""Several threads at the same instant, each on its own connection."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

PATIENCE = 120


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


def winners(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, Exception)]
