"""The sandbox as it opens in the morning, is emptied, and lets time go by."""

from functools import partial

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.objects import accounts
from smartrec.devstack.sandbox.store import PLATFORM
from smartrec.devstack.sandbox.webhooks import Unrest
from smartrec.devstack.sandbox.world import Settings, World


def opened(settings: Settings) -> World:
    """A sandbox that remembers what it was told before."""
    world = World(settings)
    _recall(world)
    return world


def _recall(world: World) -> None:
    """Know the accounts and the subscribers by heart: every request asks for them."""
    store, endpoints = world.store, world.webhooks.endpoints
    world.accounts = {PLATFORM}
    endpoints.clear()
    for account in (PLATFORM, *world.settings.accounts):
        if store.read(account) is None:
            accounts.open_account(Desk(world), account)
    known = store.select("account = ? AND kind = 'account'", (PLATFORM,))
    world.accounts |= {account["id"] for account in known}
    for account in world.accounts:
        for endpoint in store.select("account = ? AND kind = 'webhook_endpoint'", (account,)):
            endpoints[endpoint["id"]] = endpoint
    store.commit()


def reset(world: World) -> None:
    """Forget everything but what the command line said."""
    world.store.clear()
    world.clock.ahead = 0
    world.set_latency(0)
    world.faults.clear()
    world.limiter.limit(0)
    world.onboarding = world.settings.onboarding
    world.nonconforming.clear()
    world.webhooks.unrest = Unrest()
    _recall(world)


def run_due(world: World) -> int:
    """Do a bounded number of the things that are due; say how many."""
    return world.timers.run_due(partial(Desk, world))


def advance(world: World, seconds: float) -> None:
    """Put the clock forward: what is due happens, and old keys are forgotten."""
    world.clock.ahead += seconds
    world.store.execute("INSERT OR REPLACE INTO settings VALUES ('ahead', ?)", (str(world.clock.ahead),))
    world.store.commit()
    while run_due(world):
        pass
    world.keys.prune()
    world.webhooks.wake()
