"""What staff and clients ask for: invoices, payments, pages, mass charges."""

import contextlib
import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Attempt, Invoice, MassRun
from billing.services import charge_runs, invoice_runs, invoicing, parts, paying, runs, starting, voiding
from billing.services.invoicing import Draft, Line, Terms
from billing.services.parts import Order
from billing.services.runs import NotADraft
from billing.services.starting import SameRun
from smartrec.errors import Refused
from tests.billing.machine.ground import OnGround, pick, share, some, when
from tests.billing.machine.taxing import with_taxes
from tests.billing.ways import invoice_options
from tests.builders import a_ledger_code
from wallet.models import Authorization


class Asking(OnGround):
    @when("room for invoices")
    @rule(
        who=some,
        prices=st.lists(st.integers(1, 5_000), min_size=1, max_size=2),
        taxed=st.booleans(),
        days_ago=some,
        lasts=st.sampled_from([None, 0, 20, 70]),
    )
    def an_invoice(self, who: int, prices: list[int], taxed: bool, days_ago: int, lasts: int | None) -> None:
        self.issue(who=[who], prices=prices, taxed=taxed, days_ago=days_ago, lasts=lasts)

    def issue(self, *, who: list[int], prices: list[int], taxed: bool, days_ago: int, lasts: int | None = None) -> None:
        organization, clients = self.centre, [self.client(n).pk for n in who]
        rates, code = invoicing.active_rates(organization, on=self.today) if taxed else (), a_ledger_code(organization)
        day = self.an_open_day(days_ago)
        period = {} if lasts is None else {"service_from": day, "service_to": day + dt.timedelta(days=lasts)}
        lines = [
            Line(description="Natation", unit_price=p, ledger_code_id=code.pk, taxes=rates, **period) for p in prices
        ]
        invoicing.issue(
            organization=organization,
            drafts=[Draft(client_id=client, lines=lines) for client in clients],
            terms=Terms(issued_on=day, due_on=day),
            by=self.ground.by,
            now=self.now,
        )
        for client in clients:
            self.heard.charged[client] += sum(with_taxes(p) if taxed else p for p in prices)

    @when("room for invoices")
    @rule(cents=st.integers(1, 5_000))
    def a_mass_invoice(self, cents: int) -> None:
        organization, by = self.centre, self.ground.by
        people = [client.account.owner_id for client in self.ground.clients]
        day = str(self.today)
        options = invoice_options(organization, cents, issued_on=day, due_on=day)
        run = invoice_runs.draft(
            organization=organization, noun="people", ids=people, options=options, by=by, now=self.now
        )
        total = len(people) * with_taxes(cents)
        try:
            run = starting.confirm(run=run, count=len(people), total=total, by=by, now=self.now)
        except SameRun:
            return
        invoice_runs.write_next(run=run, now=self.now)
        for client in self.ground.clients:
            self.heard.charged[client.pk] += with_taxes(cents)

    @rule(n=some)
    def void(self, n: int) -> None:
        if invoice := pick(Invoice.objects.filter(state="issued").order_by("pk"), n):
            about = {"organization": self.centre, "invoice_ids": [invoice.pk]}
            if voiding.void(**about, by=self.ground.by, on=self.today, now=self.now):
                self.heard.charged[invoice.client_id] -= invoice.total

    @when("room for charges")
    @rule(who=some, n=some, part=share)
    def pay_by_a_saved_method(self, who: int, n: int, part: int) -> None:
        client = self.client(who)
        permission = pick(Authorization.objects.filter(client=client).order_by("pk"), n)
        if permission is None:
            return
        amount = parts.payable(client=client, on=self.today) * part // 100
        with contextlib.suppress(Refused):
            paying.charge(
                client=client, authorization=permission, order=Order(total=amount), by=self.ground.by, now=self.now
            )

    # A card typed on the page.

    @when("room for charges")
    @rule(who=some, part=share, word=st.sampled_from(["yes", "yes", "refused"]))
    def open_a_page(self, who: int, part: int, word: str) -> None:
        client = self.client(who)
        self.truth.say = [word]
        with contextlib.suppress(Refused):
            paying.open_page(
                client=client,
                order=Order(total=parts.payable(client=client, on=self.today) * part // 100),
                by=self.ground.by,
                now=self.now,
                language="fr",
                return_url=lambda payment: f"https://back.example/{payment}/",
                cancel_url="https://back.example/",
            )

    @when("page")
    @rule(n=some, good=st.booleans())
    def type_a_card(self, n: int, good: bool) -> None:
        if page := pick([page for page in self.truth.pages.values() if page.state == "open"], n):
            self.truth.type_card(page, good=good)

    @when("page")
    @rule(n=some, close=st.booleans())
    def come_back_from_the_page(self, n: int, close: bool) -> None:
        if visit := pick(Attempt.objects.exclude(processor_page="").order_by("pk"), n):
            (paying.close_page if close else paying.finish_page)(attempt=visit, now=self.now)

    @when("page")
    @rule()
    def look_after_pages(self) -> None:
        paying.finish_pages(now=self.now)

    # Mass charges.

    @when("room for charges")
    @rule(at_most=st.sampled_from([None, None, 700]), which=st.sampled_from(["balance", "overdue"]))
    def draft_a_charge(self, at_most: int | None, which: str) -> None:
        charge_runs.draft(
            organization=self.centre,
            noun="people",
            ids=[client.account.owner_id for client in self.ground.clients],
            by=self.ground.by,
            now=self.now,
            on=self.today,
            options={"at_most": at_most, "which": which},
        )

    @when("run draft")
    @rule(n=some)
    def confirm_a_charge(self, n: int) -> None:
        run = pick(MassRun.objects.filter(kind="charge", state__in=["draft", "running"]).order_by("-pk"), n)
        lines = run.lines.filter(state="included") if run else None
        if run is None or not lines:
            return
        total = sum(line.amount for line in lines)
        try:
            starting.confirm(run=run, count=len(lines), total=total, by=self.ground.by, now=self.now)
        except NotADraft:
            assert run.state == "running"
        except SameRun:
            # Its earlier self failed today: nothing moves.
            assert run.state == "draft"

    @when("run running", "run paused")
    @rule(n=some, do=st.sampled_from([runs.pause, runs.resume, runs.stop]))
    def steer_a_charge(self, n: int, do) -> None:
        if run := pick(MassRun.objects.filter(kind="charge").exclude(state="draft").order_by("pk"), n):
            do(run=run, by=self.ground.by, now=self.now)

    @when("run running")
    @rule()
    def finish_charges(self) -> None:
        runs.finish_charges(now=self.now)
