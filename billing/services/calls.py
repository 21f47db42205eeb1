"""The requests that may be on their way to the processor at once."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Clock = Callable[[], dt.datetime]
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Calls(ThreadPoolExecutor):
    """So many requests at once, and none in a queue. Who has room for a wave sends all of it: what is marked as sent
    leaves at once, and a pause does not find requests that are still to leave. Others take what places are left."""

    def __init__(self, most: int) -> None:
        super().__init__(most, "call")
        self.most = self._free = most
        self._changed = threading.Condition()

    @contextmanager
    def room_for(self, n: int) -> Iterator[None]:
        """Wait until `n` requests may leave; within, each that is submitted gives its place back once answered."""
        mine.left = self._take(min(n, self.most))
        try:
            yield
        finally:
            self._give_back(mine.left)
            mine.left = 0

    def submit(self, fn: Callable, /, *args: Any, **kwargs: Any) -> Future:
        """In one of the places kept for this thread; without any, as soon as there is one."""
        if getattr(mine, "left", 0):
            mine.left -= 1
        else:
            self._take(1)
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._give_back(1))
        return future

    def _take(self, n: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._free >= n)
            self._free -= n
        return n

    def _give_back(self, n: int) -> None:
        with self._changed:
            self._free += n
            self._changed.notify_all()


# How many places the wave in this thread still has.
mine = threading.local()


@contextmanager
def room_for(pool: Executor, n: int) -> Iterator[None]:
    """Room for `n` requests, where the pool counts them."""
    if not isinstance(pool, Calls):
        yield
        return
    with pool.room_for(n):
        yield


def all_of(
    pool: Executor,
    call: Callable[[Asked], Answer],
    asked: Iterable[Asked],
    *,
    times: Sequence[dt.datetime],
    clock: Clock,
    sleep: Callable[[float], object] = time.sleep,
) -> list[Answer]:
    """The answers to all of these requests, each leaving at its time; without times, at once."""
    futures = []
    for n, one in enumerate(asked):
        if times and (seconds := (times[n] - clock()).total_seconds()) > 0:
            sleep(seconds)
        futures.append(pool.submit(call, one))
    return [future.result() for future in futures]
