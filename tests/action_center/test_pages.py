import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from action_center.models import Handling
from action_center.services.handling import dismiss, retry_failed
from billing.models import Attempt
from tests.action_center.failures import a_failure, an_attempt, answer
from tests.builders import a_saved_method, an_authorization, an_organization, staff
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def url(centre, name="action-center", *args, rows=()):
    query = "&".join(f"pick={row.pk}" for row in rows)
    return f"{reverse(name, args=[centre.slug, *args])}{'?' if query else ''}{query}"


def text(response) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def shown_names(response) -> list[str]:
    return [row.record.payment.client.account.owner.list_name for row in response.context["table"].page]


def test_the_list_says_who_what_why_and_what_to_do(client, centre, by, now):
    a_failure(centre, by, "Nathalie Lemay", cents=5_864, code="expired_card", now=now)
    said = text(client.get(url(centre)))
    for words in ("Lemay, Nathalie", "Mass charge", "•• 4242", "Card expired", "$58.64", "Change method"):
        assert words in said
    assert "To handle 1" in said


def test_in_french_it_is_all_in_french(client, centre, by, now):
    by.language = "fr"
    by.save()
    a_failure(centre, by, cents=5_864, now=now)
    said = text(client.get(url(centre)))
    for words in ("Centre d’action de paiement", "Échec le", "Titulaire du compte", "Réessayer", "58,64\xa0$"):
        assert words in said
    assert "le plus ancien date de moins d’un jour" in said


def test_nothing_to_do_says_so(client, centre, by):
    assert "No payment needs action." in text(client.get(url(centre)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lemay", ["Lemay, Nathalie"]),
        ("type=e_check", ["Côté, Isabelle"]),
        ("method=mastercard&method=bank", ["Côté, Isabelle", "Lemay, Nathalie"]),
        ("method=other", []),
        ("reason=card_expired", ["Lemay, Nathalie"]),
        ("amount_min=60.00", ["Côté, Isabelle"]),
        ("failed=7", ["Lemay, Nathalie", "Diallo, Ousmane"]),
    ],
)
def test_each_filter_keeps_what_was_asked_for(client, centre, by, now, query, found):
    old = now - dt.timedelta(days=20)
    a_failure(centre, by, "Nathalie Lemay", cents=5_864, code="expired_card", brand="mastercard", now=now)
    a_failure(centre, by, "Isabelle Côté", cents=15_300, kind="bank", now=old)
    a_failure(centre, by, "Ousmane Diallo", cents=1_000, now=now - dt.timedelta(days=1))
    assert sorted(shown_names(client.get(f"{url(centre)}?{query}"))) == sorted(found)


def test_a_payment_is_found_by_its_number(client, centre, by, now):
    a_failure(centre, by, "Nathalie Lemay", now=now)
    failure = a_failure(centre, by, "Luc Gagné", now=now)
    for typed in (failure.payment.display_number, str(failure.payment.number)):
        assert shown_names(client.get(url(centre), {"q": typed})) == ["Gagné, Luc"]


def test_the_list_costs_the_same_for_three_rows_as_for_one(
    client, centre, by, now, django_assert_max_num_queries, django_assert_num_queries
):
    a_failure(centre, by, "Luc Gagné", now=now)
    with django_assert_max_num_queries(25) as first:
        client.get(url(centre))
    for name in ("Marie Roy", "Anne Roy"):
        a_failure(centre, by, name, now=now)
    with django_assert_num_queries(len(first)):
        client.get(url(centre))


def test_the_dismissed_list_costs_the_same_for_three_rows_as_for_one(
    client, centre, by, now, django_assert_max_num_queries, django_assert_num_queries
):
    dismiss(attempt=a_failure(centre, by, "Luc Gagné", now=now), reason="Payé", by=by, now=now)
    with django_assert_max_num_queries(15) as first:
        client.get(url(centre, "action-center-dismissed"))
    for name in ("Marie Roy", "Anne Roy"):
        dismiss(attempt=a_failure(centre, by, name, now=now), reason="Payé", by=by, now=now)
    with django_assert_num_queries(len(first)):
        client.get(url(centre, "action-center-dismissed"))


def test_another_organizations_failures_are_not_found(client, centre, by, now):
    other = an_organization()
    failure = a_failure(other, staff("finance", other), now=now)
    assert client.get(url(other)).status_code == 404
    assert client.get(url(centre, "action-center-method", failure.pk)).status_code == 404
    assert client.get(url(centre, "action-center-retry", rows=[failure])).status_code == 303
    handling = dismiss(attempt=failure, reason="x", by=by, now=now)
    response = client.post(url(centre, "action-center-restore"), {"handling": handling.pk})
    assert response.status_code == 404
    assert Handling.objects.get().undone_at is None


@pytest.mark.parametrize(
    ("role", "may_see", "may_act"),
    [("owner", True, True), ("finance", True, True), ("auditor", True, False), ("coordinator", False, False)],
)
def test_each_role_sees_and_does_what_it_may(client, centre, by, now, role, may_see, may_act):
    failure = a_failure(centre, by, now=now)
    client.force_login(staff(role, centre))
    page = client.get(url(centre))
    assert page.status_code == (200 if may_see else 403)
    assert (b'name="row"' in page.content) is may_act
    for name in ("action-center-retry", "action-center-dismiss"):
        assert client.get(url(centre, name, rows=[failure])).status_code == (200 if may_act else 403)
    client.post(url(centre, "action-center-dismiss"), {"pick": failure.pk, "reason": "Non"})
    assert Handling.objects.exists() is may_act


def test_ticking_rows_shows_how_many_for_how_much(client, centre, by, now):
    good = a_failure(centre, by, "Luc Gagné", cents=1_000, now=now)
    lost = a_failure(centre, by, "Anne Roy", cents=500, code="lost_card", now=now)
    response = client.post(
        url(centre, "action-center-selection"),
        {"row": [good.pk, lost.pk], "query": "sort=-amount&pick=1"},
        headers={"HX-Request": "true", "HX-Target": "bar"},
        follow=True,
    )
    said = text(response)
    assert "2 selected" in said
    assert "$15.00 · 1 cannot be retried as it is" in said
    assert "Retry 1 payment…" in said
    assert "<html" not in response.content.decode()


def test_without_scripts_the_ticked_rows_stay_ticked(client, centre, by, now):
    failure = a_failure(centre, by, now=now)
    response = client.post(url(centre, "action-center-selection"), {"row": failure.pk, "do": "rows"}, follow=True)
    assert "1 selected" in text(response)
    assert f'value="{failure.pk}" form="selection" aria-labelledby="r{failure.pk}" checked' in response.content.decode()
    cleared = client.post(url(centre, "action-center-selection"), {"row": failure.pk, "do": "clear"}, follow=True)
    assert "selected" not in text(cleared)


def test_what_is_ticked_on_one_page_stays_ticked_on_the_next(client, centre, by, now):
    first, second = (a_failure(centre, by, name, now=now) for name in ("Luc Gagné", "Anne Roy"))
    sent = {"row": second.pk, "shown": f"{second.pk}", "query": f"page=2&pick={first.pk}"}
    assert "2 selected" in text(client.post(url(centre, "action-center-selection"), sent, follow=True))
    sent = {"shown": f"{first.pk},{second.pk}", "query": f"pick={first.pk}&pick={second.pk}"}
    assert "selected" not in text(client.post(url(centre, "action-center-selection"), sent, follow=True))


def retry_form(client, centre, *failures):
    page = client.get(url(centre, "action-center-retry", rows=failures))
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]
    return {"token": token, "pick": re.findall(r'name="pick" value="(\d+)"', page.content.decode())}


def test_a_bulk_retry_takes_what_was_shown_and_says_so(client, centre, by, now):
    failures = [a_failure(centre, by, name, now=now) for name in ("Luc Gagné", "Anne Roy")]
    lost = a_failure(centre, by, "Zoé Petit", code="lost_card", now=now)
    form = retry_form(client, centre, *failures, lost)
    assert (form["token"], len(form["pick"])) == ("2-4000", 2)
    response = client.post(url(centre, "action-center-retry"), form, follow=True)
    assert "2 retries started." in text(response)
    assert Attempt.objects.filter(number=2, state="created").count() == 2
    assert "Retry in progress 2" in text(response)


def test_sent_twice_it_starts_once(client, centre, by, now):
    form = retry_form(client, centre, a_failure(centre, by, now=now))
    client.post(url(centre, "action-center-retry"), form)
    again = client.post(url(centre, "action-center-retry"), form, follow=True)
    assert "nothing was charged" in text(again)
    assert Attempt.objects.count() == 2


def test_sent_again_after_the_retry_failed_it_starts_nothing(client, centre, by, now):
    form = retry_form(client, centre, a_failure(centre, by, now=now))
    client.post(url(centre, "action-center-retry"), form)
    answer(Attempt.objects.get(number=2), Verdict.DECLINED, code="insufficient_funds", now=now)
    again = client.post(url(centre, "action-center-retry"), form, follow=True)
    assert "nothing was charged" in text(again)
    assert Attempt.objects.count() == 2


def test_a_total_that_is_not_the_one_shown_charges_nothing(client, centre, by, now):
    form = retry_form(client, centre, a_failure(centre, by, now=now))
    response = client.post(url(centre, "action-center-retry"), {**form, "token": "1-1"}, follow=True)
    assert "The list has changed" in text(response)
    assert Attempt.objects.count() == 1


def test_a_thousand_dollars_is_confirmed_by_typing_the_count(client, centre, by, now):
    form = retry_form(client, centre, a_failure(centre, by, cents=100_000, now=now))
    refused = client.post(url(centre, "action-center-retry"), form)
    assert refused.status_code == 422
    assert "There is a problem" in text(refused)
    assert Attempt.objects.count() == 1
    client.post(url(centre, "action-center-retry"), {**form, "typed": "1"})
    assert Attempt.objects.count() == 2


def test_above_the_limit_one_signs_in_again_first(client, centre, by, now):
    failure = a_failure(centre, by, cents=centre.confirm_above + 1, now=now)
    response = client.get(url(centre, "action-center-retry", rows=[failure]))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_reauthenticate"))
    form = {"token": f"1-{failure.payment.amount}", "pick": failure.pk, "typed": "1"}
    client.post(url(centre, "action-center-retry"), form)
    assert Attempt.objects.count() == 1


def test_over_the_list_the_question_is_a_dialog(client, centre, by, now):
    failure = a_failure(centre, by, now=now)
    for name in ("action-center-retry", "action-center-dismiss"):
        response = client.get(url(centre, name, rows=[failure]), headers={"HX-Request": "true"})
        assert response.content.decode().startswith("<dialog")


def test_another_card_of_the_client_takes_the_payment(client, centre, by, now):
    lost = a_failure(centre, by, code="lost_card", now=now)
    account = lost.payment.client.account
    other = an_authorization(centre, method=a_saved_method(account, last4="4444"))
    an_authorization(centre, method=a_saved_method(account, "bank"))
    an_authorization(centre, method=a_saved_method(account, last4="0002"), state="requested", granted_at=None)
    page = client.get(url(centre, "action-center-method", lost.pk))
    offered = page.context["form"].fields["authorization"].queryset
    assert [str(row.method) for row in offered] == ["Desjardins •• 6789", "visa •• 4444"]
    client.post(url(centre, "action-center-method", lost.pk), {"authorization": other.pk})
    assert Attempt.objects.get(number=2).authorization == other


def test_a_stranger_s_card_is_not_offered_and_not_taken(client, centre, by, now):
    lost = a_failure(centre, by, "Luc Gagné", code="lost_card", now=now)
    stranger = a_failure(centre, by, "Anne Roy", now=now).authorization
    page = client.get(url(centre, "action-center-method", lost.pk))
    assert "has not authorized another payment method" in text(page)
    response = client.post(url(centre, "action-center-method", lost.pk), {"authorization": stranger.pk})
    assert response.status_code == 422
    assert not Attempt.objects.filter(number=2).exists()


def test_dismissing_needs_a_reason(client, centre, by, now):
    failure = a_failure(centre, by, now=now)
    refused = client.post(url(centre, "action-center-dismiss"), {"pick": failure.pk, "reason": " "})
    assert refused.status_code == 422
    assert "Say why this is set aside." in text(refused)
    assert not Handling.objects.exists()


def test_what_is_dismissed_is_listed_with_its_reason_and_can_be_put_back(client, centre, by, now):
    failures = [a_failure(centre, by, name, now=now) for name in ("Luc Gagné", "Anne Roy")]
    form = {"pick": [failure.pk for failure in failures], "reason": "Payé comptant"}
    response = client.post(url(centre, "action-center-dismiss"), form, follow=True)
    assert "2 transactions dismissed. Their amounts are still owed." in text(response)
    aside = client.get(url(centre, "action-center-dismissed"))
    assert text(aside).count("Payé comptant") == 2
    assert text(client.get(url(centre, "action-center-dismissed"), {"q": "gagne"})).count("Payé comptant") == 1
    client.post(url(centre, "action-center-restore"), {"handling": Handling.objects.earliest("pk").pk})
    assert text(client.get(url(centre, "action-center-dismissed"))).count("Payé comptant") == 1


def test_an_expired_card_is_not_offered_for_a_retry(client, centre, by, now):
    failure = a_failure(centre, by, now=now)
    method = failure.method
    method.exp_year = now.year - 1
    method.save()
    assert "Update the card or choose another method." in text(client.get(url(centre)))
    assert client.get(url(centre, "action-center-retry", rows=[failure])).status_code == 303


def test_the_answer_to_a_retry_is_shown_where_the_row_stands(client, centre, by, now):
    failure = a_failure(centre, by, now=now)
    [again] = retry_failed(organization=centre, attempt_ids=[failure.pk], by=by, now=now).started
    progress = url(centre, "action-center-progress", rows=[again])
    assert f'hx-get="{progress}"' in client.get(url(centre)).content.decode()
    assert b"hx-trigger" in client.get(progress).content
    answer(again, Verdict.SUCCEEDED, now=now)
    told = client.get(progress).content.decode()
    assert "hx-trigger" not in told
    assert re.search(rf'id="w{again.pk}" hx-swap-oob="true".*Recovered', told)


def test_the_menu_and_the_home_page_count_what_waits(client, centre, by, now):
    a_failure(centre, by, now=now)
    an_attempt(centre, by, "Luc Gagné")
    assert re.search(r"Accounting &amp; finance Payment Action Center 1\b", text(client.get(url(centre))))
    home = client.get(reverse("dashboard", args=[centre.slug]))
    assert [(todo.count, todo.url) for todo in home.context["todos"]] == [(1, url(centre))]
    assert "Failed payment to handle" in text(home)


def test_the_export_holds_plain_amounts(client, centre, by, now):
    failure = a_failure(centre, by, cents=123_456, now=now)
    rows = b"".join(client.get(url(centre), {"export": "csv"}).streaming_content).decode()
    assert f"{failure.payment.display_number}," in rows
    assert ",1234.56" in rows
