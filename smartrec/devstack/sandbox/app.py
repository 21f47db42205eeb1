"""From a request to an answer: credentials, account, trouble, idempotency, validation, work, commit."""

from __future__ import annotations

import asyncio
import logging

from smartrec.devstack.sandbox import faults
from smartrec.devstack.sandbox.calls import Call, check_credentials, check_version, encode
from smartrec.devstack.sandbox.control import control
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.faults import Fault
from smartrec.devstack.sandbox.forms import decode
from smartrec.devstack.sandbox.hosted import pages
from smartrec.devstack.sandbox.http import Reply, Request
from smartrec.devstack.sandbox.idempotency import Kept
from smartrec.devstack.sandbox.rendering import expand, render
from smartrec.devstack.sandbox.routes import ROUTES, match
from smartrec.devstack.sandbox.store import PLATFORM
from smartrec.devstack.sandbox.validation import Description
from smartrec.devstack.sandbox.world import World

log = logging.getLogger("sandbox")


class App:
    """Answers every request the sandbox gets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.description = Description()

    async def __call__(self, request: Request) -> Reply:
        """Send each request to the part of the sandbox it is meant for."""
        if request.path.startswith("/v1/"):
            return await self._api(request)
        if request.path == "/healthz":
            return Reply(200, b'{"ok":true}')
        try:
            if request.path.startswith("/_sandbox"):
                return control(self.world, request)
            return pages.answer(self.world, request)
        except ApiError as refusal:
            self.world.store.discard()
            return Reply(refusal.status, encode(refusal.body()))

    async def _api(self, request: Request) -> Reply:
        raw = request.body.decode() if request.method == "POST" else request.query
        call = Call(request, raw)
        try:
            self._admit(call)
            self.world.limiter.check(call)
            fault = self.world.faults.take(call)
            if fault and fault.stage == "arrival":
                return faults.on_arrival(fault)
            return await self._once(call, fault)
        except ApiError as refusal:
            self.world.store.discard()
            return call.refusal(refusal)

    def _admit(self, call: Call) -> None:
        """Who asks, for which account, for what."""
        headers = call.request.headers
        check_credentials(headers)
        check_version(headers)
        call.account = headers.get("stripe-account") or PLATFORM
        if call.account not in self.world.accounts:
            raise _no_access(call.account)
        self._understand(call)

    def _understand(self, call: Call) -> None:
        """What is asked, held against the description: a request that does not follow it is remembered."""
        try:
            call.operation, call.path = match(call.request.method, call.request.path)
            call.sent = decode(call.raw)
        except ApiError as complaint:
            self._remember(call, complaint)
            raise
        try:
            call.params = self.description.check(call.operation, call.sent)
        except ApiError as complaint:
            self._remember(call, complaint)
            call.complaint = complaint

    def _remember(self, call: Call, complaint: ApiError) -> None:
        told = {"method": call.request.method, "path": call.request.path, "sent": call.sent}
        self.world.nonconforming.append(told | {"complaint": complaint.message, "param": complaint.param})

    async def _once(self, call: Call, fault: Fault | None) -> Reply:
        """Do the work once per idempotency key."""
        kept = self.world.keys.begin(call.account, call.key, call.fingerprint) if call.key else None
        if kept:
            replayed = {"Idempotent-Replayed": "true", "Original-Request": kept.request}
            return call.reply(kept.status, kept.body, replayed)
        pause = self.world.latency_ms / 1000 + (fault.seconds if fault and fault.kind == "slow" else 0)
        if pause:
            await self.world.keep_waiting(pause)
        reply = self._perform(call, fault)
        if fault and fault.kind == "late_work":
            asyncio.get_running_loop().call_later(fault.seconds, self._roll_forward, call)
        return faults.on_answer(fault, reply) if fault else reply

    def _perform(self, call: Call, fault: Fault | None) -> Reply:
        """The work and what is kept of it, committed together before anybody is answered."""
        store = self.world.store
        stored = True
        try:
            reply = self._work(call, fault)
        except ApiError as refusal:
            if not refusal.keeps_effects:
                store.discard()
            stored = refusal.stored
            reply = call.refusal(refusal)
        except Exception:
            log.exception("%s %s broke", call.request.method, call.request.path)
            store.discard()
            reply = call.refusal(ApiError(faults.SERVER_ERROR, status=500, type="api_error"))
        if fault and fault.kind == "error_after":
            reply = call.refusal(ApiError(faults.SERVER_ERROR, status=500, type="api_error"))
        if call.key:
            kept = Kept(reply.status, reply.body, call.id) if stored else None
            self.world.keys.finish(call.account, call.key, kept)
        store.commit()
        return reply

    def _roll_forward(self, call: Call) -> None:
        """What was answered with an error happens after all, and only the webhooks tell."""
        call.request.headers.pop("idempotency-key", None)
        self._perform(call, None)

    def _work(self, call: Call, fault: Fault | None) -> Reply:
        if call.complaint:
            raise call.complaint
        if fault:
            faults.at_work(fault)
        desk = Desk(self.world, call.account)
        desk.request, desk.key = call.id, call.key
        desk.base_url = desk.base_url or call.request.origin
        shown = render(ROUTES[call.operation](desk, call))
        if "expand" in call.params:
            shown = expand(self.world.store.read, shown, call.params["expand"])
        return call.reply(200, encode(shown))


def _no_access(account: str) -> ApiError:
    message = (
        f"The provided key 'sk_test_***' does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked."
    )
    return ApiError(message, status=403, code="account_invalid", stored=False)
