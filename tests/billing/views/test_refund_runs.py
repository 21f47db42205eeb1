"""MC-P11 on screen: chosen from a charge's result, reviewed, confirmed once, followed, and figures that add up."""

import csv
import io
import re

import pytest
from django.utils import timezone

from billing.models import MassRun, Payment, Refund
from billing.services import refund_runs, refunding
from tests.billing.undone import written
from tests.billing.views.ways import HTMX, a_finished_charge, at, cost, signed_in, token_of
from wallet.processor import RefundOutcome, Verdict

pytestmark = pytest.mark.django_db
OK, WAITS, NO = Verdict.SUCCEEDED, Verdict.PENDING, Verdict.DECLINED
CHARGED = [(OK,), (OK,), (OK,), (WAITS,), (NO, "insufficient_funds")]


@pytest.fixture
def source(centre, desk) -> MassRun:
    return a_finished_charge(centre, desk.user, CHARGED)


def page_of(run: MassRun, part: str = "", *args: object, query: str = "") -> str:
    return at(run.organization, f"refund-run-{part}" if part else "refund-run", run.pk, *args, query=query)


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def drafted(desk, source: MassRun, **sent: object) -> MassRun:
    """What the page of choices makes of it."""
    desk.post(at(source.organization, "refund-run-new", source.pk), sent or {"which": "all"})
    return MassRun.objects.filter(kind="refund").latest("pk")


def a_confirmed(desk, source: MassRun) -> MassRun:
    run = drafted(desk, source)
    desk.post(page_of(run, "confirmation"), {"token": token_of(run)})
    run.refresh_from_db()
    return run


def answered(run: MassRun, *verdicts: Verdict) -> None:
    """The processor answers each refund of the run, in turn."""
    written(run)
    refunds = Refund.objects.filter(run_line__run=run).order_by("pk")
    for serial, (refund, verdict) in enumerate(zip(refunds, verdicts, strict=True)):
        Refund.objects.filter(pk=refund.pk).move("sent", sent_at=timezone.now())
        outcome = RefundOutcome(verdict=verdict, refund=f"re_{serial}", reason="insufficient_funds")
        refunding.settle(refund=refund, outcome=outcome, now=timezone.now())
    refund_runs.finish(now=timezone.now())


def test_mc_p11_the_choice_lists_what_was_taken(desk, source):
    page = text(desk.get(at(source.organization, "refund-run-new", source.pk)))
    assert "3 payments of this charge were taken." in page
    assert page.count('name="row"') == 3


def test_mc_p11_all_of_them_are_reviewed_with_what_cannot_go_back(desk, source):
    run = drafted(desk, source)
    page = text(desk.get(page_of(run)))
    assert "Review the mass refund" in page
    assert "Refund $60.00…" in page
    assert "The 3 invoices stay: they will be due again" in page
    left = text(desk.get(page_of(run, query="show=excluded")))
    assert "The bank is still processing the payment" in left
    assert "This payment took no money" in left


def test_mc_p11_ticked_payments_alone_go_back_and_others_can_be_put_back(desk, source):
    first = Payment.objects.filter(run=source).order_by("number")[0]
    run = drafted(desk, source, which="ticked", row=[first.pk])
    assert token_of(run) == "1-2000"
    other = run.lines.filter(reason="removed").first()
    desk.post(page_of(run, "line", other.pk), {"do": "put_back"})
    assert token_of(run) == "2-4000"


def test_mc_p11_what_is_ticked_on_one_page_stays_ticked_on_the_next(desk, source):
    first, second, third = Payment.objects.filter(run=source).order_by("number")[:3].values_list("pk", flat=True)
    page = at(source.organization, "refund-run-new", source.pk, query="page=2")
    bar = desk.post(page, {"which": "keep", "shown": f"{first},{second},", "row": [first]}, headers=HTMX)
    assert "1 selected" in bar.content.decode()
    kept = desk.post(page, {"which": "keep", "shown": f"{third},", "row": [third]})
    assert kept.url == page
    shown = text(desk.get(page))
    assert "2 selected" in shown
    assert len(re.findall(r'name="row" value="\d+" form="selection" aria-labelledby="[^"]+" checked', shown)) == 2
    run = drafted(desk, source, which="ticked", shown=f"{first},{second},", row=[second])
    assert set(run.lines.filter(state="included").values_list("gives_back", flat=True)) == {second, third}
    assert "0 selected" in text(desk.get(page))


def test_mc_p11_ticks_are_cleared(desk, source):
    page = at(source.organization, "refund-run-new", source.pk)
    one = Payment.objects.filter(run=source).earliest("pk")
    for sent in ({"which": "keep", "shown": f"{one.pk}", "row": [one.pk]}, {"which": "clear"}):
        desk.post(page, sent)
    desk.post(page, {"which": "ticked"})
    assert not MassRun.objects.filter(kind="refund").exists()


def test_mc_p11_nothing_ticked_drafts_nothing(desk, source):
    desk.post(at(source.organization, "refund-run-new", source.pk), {"which": "ticked"})
    assert not MassRun.objects.filter(kind="refund").exists()


def test_mc_p11_what_becomes_of_the_invoices_is_said_before(desk, source):
    run = drafted(desk, source)
    answer = desk.post(page_of(run, "choices"), {"invoices": "void", "note": "Annulé"}, headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"
    page = text(desk.get(page_of(run)))
    assert "3 invoices will be voided, each once its payment has gone back" in page
    run.refresh_from_db()
    assert (run.note, run.options["email"]) == ("Annulé", False)


def test_mc_p11_confirming_twice_starts_it_once(desk, source):
    run = a_confirmed(desk, source)
    again = desk.post(page_of(run, "confirmation"), {"token": "3-6000"}, follow=True)
    assert "This mass refund has already started." in again.content.decode()
    answered(run, OK, OK, OK)
    assert Refund.objects.count() == 3


def test_mc_p11_another_list_than_the_one_shown_starts_nothing(desk, source):
    run = drafted(desk, source)
    shown = token_of(run)
    desk.post(page_of(run, "line", run.lines.filter(state="included").first().pk), {"do": "remove"})
    page = desk.post(page_of(run, "confirmation"), {"token": shown}, follow=True).content.decode()
    assert "Review it again: nothing was refunded." in page
    run.refresh_from_db()
    assert run.state == "draft"


def test_mc_p11_progress_and_its_figures(desk, source):
    run = a_confirmed(desk, source)
    page = text(desk.get(page_of(run)))
    assert '<b class="num">0</b> of 3 refunds sent' in page
    assert "Mass refund progress" in page
    fragment = desk.get(page_of(run, query="stage=running"), headers={**HTMX, "HX-Target": "job"})
    assert "of 3 refunds sent" in text(fragment)


def test_mc_p11_the_result_adds_up_to_what_was_confirmed(desk, source):
    run = a_confirmed(desk, source)
    written(run)
    answered(run, OK, WAITS, NO)
    page = text(desk.get(page_of(run)))
    assert "Finished: 2 payments refunded, 1 failed." in page
    assert 'aria-label="1 refunded, 1 processing, 1 failed"' in page
    assert "The money of failed refunds stayed with you." in page
    rows = list(csv.reader(io.StringIO(b"".join(desk.get(page_of(run, "file"))).decode("utf-8-sig"))))
    assert [row[5] for row in rows[1:]] == ["Refunded", "Processing", "Failed", "Excluded", "Excluded"]
    assert sum(float(row[8]) for row in rows[1:4]) * 100 == run.shown_total


def test_mc_p11_those_that_failed_are_drafted_again(desk, source):
    run = a_confirmed(desk, source)
    answered(run, OK, OK, NO)
    desk.post(page_of(run, "again"))
    again = MassRun.objects.filter(kind="refund").latest("pk")
    assert (again.copy_of, token_of(again)) == (run, "1-2000")


def test_mc_p11_pause_stop_and_their_pages(desk, source):
    run = a_confirmed(desk, source)
    desk.post(page_of(run, "pause"))
    assert "Paused: nothing more is sent until someone resumes." in text(desk.get(page_of(run)))
    assert "The 3 remaining payments will not be refunded." in text(desk.get(page_of(run, "stop")))
    desk.post(page_of(run, "stop"))
    assert "0 sent, 3 not refunded." in text(desk.get(page_of(run)))


def test_mc_p11_the_front_desk_may_not(centre, source):
    desk = signed_in("front_desk", centre)
    assert desk.post(at(centre, "refund-run-new", source.pk), {"which": "all"}).status_code == 403


def test_mc_p11_a_page_of_the_review_costs_the_same_whatever_its_size(centre, desk):
    run = drafted(desk, a_finished_charge(centre, desk.user, [(OK,)] * 12))
    many = cost(desk, page_of(run))
    run.lines.filter(position__gt=2).delete()
    assert cost(desk, page_of(run)) == many


def test_mc_p11_refunds_stand_among_the_charges_and_beside_their_own(centre, desk, source):
    run = a_confirmed(desk, source)
    answered(run, OK, OK, NO)
    listed = text(desk.get(at(centre, "mass-charges")))
    assert page_of(run) in listed
    assert listed.count("Finished with failures") >= 2
    assert page_of(run) not in text(desk.get(at(centre, "mass-charges", query="kind=charge")))
    assert page_of(run) in text(desk.get(at(centre, "mass-charge", source.pk)))


def test_mc_p11_above_the_limit_the_page_waits_for_a_second_person(centre, desk, source):
    type(centre).objects.update(approve_above=100)
    run = a_confirmed(desk, source)
    assert run.state == "waiting"
    assert "approv" in text(desk.get(page_of(run)))
    other = signed_in("owner", centre)
    asked = text(other.get(at(centre, "run-approval", run.pk)))
    seen = re.search(r'name="seen" value="([^"]+)"', asked)[1]
    other.post(at(centre, "run-approval", run.pk), {"seen": seen})
    run.refresh_from_db()
    assert (run.state, run.approved_by) == ("running", other.user)
