"""Listen, answer, keep the timers and the webhooks going, and stop when told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from functools import partial

from smartrec.devstack.sandbox.app import App
from smartrec.devstack.sandbox.http import LONGEST_HEAD, converse
from smartrec.devstack.sandbox.opening import opened, run_due
from smartrec.devstack.sandbox.timers import AT_A_TIME
from smartrec.devstack.sandbox.world import Settings, World

log = logging.getLogger("sandbox")
TICK_SECONDS = 0.1
PRUNE_EVERY_TICKS = 6_000
BACKLOG = 512


async def serve(settings: Settings, host: str, port: int, *, parent: int | None = None) -> None:
    """Run until a signal asks us to stop."""
    world = opened(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = await asyncio.start_server(
        partial(converse, App(world)), host, port, limit=LONGEST_HEAD, backlog=BACKLOG, reuse_address=True
    )
    print(f"sandbox: http://{host}:{listener.sockets[0].getsockname()[1]}", flush=True)
    background = [asyncio.create_task(_keep_time(world)), asyncio.create_task(world.webhooks.run())]
    background += [asyncio.create_task(_outlive_nobody(parent, stop))] if parent else []
    await stop.wait()
    listener.close()
    for task in background:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    world.store.close()


async def _outlive_nobody(parent: int, stop: asyncio.Event) -> None:
    """A sandbox started by a test ends with the test, however the test ends."""
    while os.getppid() == parent:
        await asyncio.sleep(1)
    stop.set()


async def _keep_time(world: World) -> None:
    """Do what is due, and now and then forget old keys."""
    ticks, busy = 0, False
    while True:
        # After a full hand of timers there may be more: come back as soon as waiting requests are answered.
        await asyncio.sleep(0 if busy else TICK_SECONDS)
        ticks += 1
        try:
            busy = run_due(world) == AT_A_TIME
            if ticks % PRUNE_EVERY_TICKS == 0:
                world.keys.prune()
        except Exception:
            log.exception("a timer broke")
            world.store.discard()
            busy = False
