"""The trouble the sandbox was asked for, and how much of it struck."""

from collections import defaultdict
from collections.abc import Callable

from smartrec.devstack.sandbox.testing import Sandbox

NEWS = ("drop", "duplicate", "twin", "delay", "reorder")


class Unrest:
    """Faults and lost news of one round; after `calm` it is known what they met."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.begin()

    def begin(self) -> None:
        """A new round: nothing has been asked for."""
        self.asked: dict[str, list[int]] = defaultdict(list)
        self.left: dict[str, int] = {}
        self.waiting: dict[int, int] = {}

    def trouble(self, kind: str, *, count: int, **where: float | str) -> Callable[[], int]:
        """Fail so many requests; how many it were is known once it is calm."""
        number = self.sandbox.fault(kind, count=count, **where)["number"]
        return lambda: self.waiting.get(number, count)

    def news(self, name: str, count: int) -> Callable[[], int]:
        """So many more events fare badly; who asked first is served first."""
        left = self.sandbox.state()["webhooks"][name]
        self.sandbox.webhooks(**{name: left + count})
        before = sum(self.asked[name])
        self.asked[name].append(count)
        return lambda: min(count, max(0, sum(self.asked[name]) - self.left[name] - before))

    def calm(self) -> None:
        """Everything works again; what has not struck by now does not count."""
        state = self.sandbox.state()
        self.left = state["webhooks"]
        self.waiting = {fault["number"]: fault["struck"] for fault in state["faults"]}
        self.sandbox.clear_faults()
        self.sandbox.webhooks(**dict.fromkeys(NEWS, 0))
        self.sandbox.latency(0)
