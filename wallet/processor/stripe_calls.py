"""How one request to Stripe is made: where it goes, under which key, how often, and what of the answer is believed."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from wallet.processor import ProcessorUnavailable

log = logging.getLogger("wallet.processor")

ONCE, SAFE = 0, 2
MOST_OF_A_LIST = 100
WRONG_MODE = "wrong_mode"
MISSING = "resource_missing"
# Stripe's own description gives these objects no mode.
MODELESS = frozenset({"account", "account_link", "balance_transaction", "list", "refund"})

Answer = Mapping[str, Any]


class Refusal(Exception):
    """A request that did not end well: its HTTP status and the error; no status: no answer came.

    `limit` names the processor's limiter that stopped it; `repeated` says that the answer was given before.
    """

    def __init__(
        self, status: int | None, error: Answer, request_id: str = "", *, limit: str = "", repeated: bool = False
    ) -> None:
        super().__init__(f"{status or 'no answer'}: {error.get('message') or ''}")
        self.status = status
        self.error = error
        self.request_id = request_id
        self.limit = limit
        self.repeated = repeated

    @property
    def code(self) -> str:
        return self.error.get("code") or ""


class WrongMode(Exception):
    """A live object for a test key, or the reverse: nothing it says concerns us."""


def options(processor_account: str, key: str = "", *, retries: int) -> Any:
    """Where a request goes, under which key, and how often the library may repeat it."""
    chosen: dict[str, Any] = {"max_network_retries": retries}
    if key:
        chosen["idempotency_key"] = key
    if processor_account:
        chosen["stripe_account"] = processor_account
    return chosen


class Calls:
    """Asks the processor. `request` is the library's part: it raises `Refusal` and nothing else."""

    client: Any
    live: bool
    request: Callable[[Callable[[], Any]], Answer]

    def ask(self, call: Callable[[], Any]) -> Answer:
        """The answer to a request, if it is of our mode; raises `Refusal` or `WrongMode`."""
        answer = self.request(call)
        if not self.is_ours(answer):
            log.error("object_of_the_other_mode", extra={"object": answer.get("object"), "id": answer.get("id")})
            raise WrongMode(answer.get("id") or "")
        return answer

    def fetch(self, call: Callable[[], Any]) -> Answer:
        """Ask something that moves no money; trouble is told as `ProcessorUnavailable`."""
        try:
            return self.ask(call)
        except (Refusal, WrongMode) as problem:
            give_up(problem)

    def each(self, find_many: Callable[..., Any], params: Answer, processor_account: str) -> Iterator[Answer]:
        """Every object of a list, newest first, a page at a time; one of the other mode is left out."""
        where = options(processor_account, retries=SAFE)
        start: dict[str, str] = {}
        while True:
            wanted = {"limit": MOST_OF_A_LIST, **params, **start}
            page = self.fetch_list(find_many, wanted, where)
            for item in page["data"]:
                if self.is_ours(item):
                    yield item
                else:
                    log.error("object_of_the_other_mode", extra={"object": item.get("object"), "id": item.get("id")})
            if not page.get("has_more"):
                return
            start = {"starting_after": page["data"][-1]["id"]}

    def fetch_list(self, find_many: Callable[..., Any], params: Answer, where: Any) -> Answer:
        """One page, whose objects are judged one by one."""
        try:
            return self.request(lambda: find_many(params=params, options=where))
        except Refusal as problem:
            give_up(problem)

    def is_ours(self, answer: Answer) -> bool:
        """Whether an object, and every object inside it, lives in the mode of our key."""
        if "livemode" not in answer and answer.get("object") not in MODELESS:
            return False
        return self._agrees(answer)

    def _agrees(self, part: Any) -> bool:
        if isinstance(part, Mapping):
            mode = part.get("livemode")
            return (mode is self.live or not isinstance(mode, bool)) and all(map(self._agrees, part.values()))
        return all(map(self._agrees, part)) if isinstance(part, list) else True


def give_up(problem: Refusal | WrongMode) -> NoReturn:
    """The same trouble in the port's own words."""
    if isinstance(problem, WrongMode):
        raise ProcessorUnavailable(f"an object of the other mode: {problem}", WRONG_MODE) from problem
    raise ProcessorUnavailable(str(problem), problem.code) from problem
