import datetime as dt
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.utils import timezone, translation

from smartrec.statuses import STATUSES
from smartrec.templatetags import smartrec as tags


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def drawn(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_money_in_a_page_never_breaks_and_knows_its_reader():
    assert drawn("{{ 123456|money }}") == '<span class="money">$1,234.56</span>'
    with translation.override("fr"):
        assert drawn("{{ 123456|money:'CAD' }}") == '<span class="money">1\xa0234,56\xa0$</span>'


def test_a_balance_says_credit_in_words_and_not_by_colour_alone():
    assert "credit" in drawn("{{ n|balance }}", n=-4_500)
    assert "credit" not in drawn("{{ n|balance }}", n=4_500)
    assert "money--0" in drawn("{{ n|balance }}", n=0)


def test_nothing_is_a_dash():
    assert drawn("{{ x|money }}{{ x|isodate }}{{ x|datetime }}", x=None).count("–") == 3
    assert drawn("{{ ''|dash }}").count("–") == 1
    assert drawn("{{ 'x'|dash }}") == "x"


@pytest.mark.parametrize(
    ("name", "short"),
    [("Marie-Ève Tremblay", "MT"), ("Les Érables", "LÉ"), ("Léa", "L"), ("", ""), ("Jean « JP » Roy", "JR")],
)
def test_initials(name, short):
    assert tags.initials(name) == short


def test_a_badge_is_an_icon_and_a_word():
    html = drawn("{% badge 'method' 'expiring' expiry='08/27' %}")

    assert "Expires 08/27" in html
    assert "#i-alert-triangle" in html
    assert 'aria-hidden="true"' in html


def test_an_unknown_state_is_an_error_and_not_an_empty_badge():
    with pytest.raises(KeyError):
        drawn("{% badge 'payment' 'vanished' %}")


def test_every_state_has_a_word_in_both_languages():
    for language in ("fr", "en"):
        with translation.override(language):
            assert all(str(shown.label) for states in STATUSES.values() for shown in states.values())


def a_card(month: int, year: int) -> SimpleNamespace:
    return SimpleNamespace(kind="card", brand="visa", last4="4242", exp_month=month, exp_year=year)


def test_a_method_shows_its_expiry_only_when_it_is_near(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: dt.date(2026, 11, 21))

    assert "exp" not in str(tags.pm(a_card(12, 2026))).replace("expires", "exp")
    assert "expires 11/26" in tags.pm(a_card(11, 2026))
    assert "expired 10/26" in tags.pm(a_card(10, 2026))


def test_a_method_is_named_for_those_who_do_not_see_its_mark():
    bank = SimpleNamespace(kind="bank", brand="Desjardins", last4="6789")

    assert "Visa" in tags.pm(a_card(12, 2999))
    assert "E-check" in tags.pm(bank)
    assert drawn("{% method_text m %}", m=bank) == "Desjardins ending in 6789"
    assert drawn("{% method_text m %}", m=a_card(1, 2999)) == "Visa ending in 4242"


def test_a_card_typed_for_one_payment_is_named_like_any_other():
    assert drawn("{% method_text m %}", m="visa •• 4242") == "Visa ending in 4242"
    assert drawn("{% pm m %}", m="visa •• 4242") == drawn("{% pm m %}", m=a_card(1, 2999))


def test_a_query_is_changed_without_losing_the_rest():
    request = SimpleNamespace(GET=QueryDict("q=a%26b&tag=x&tag=y&page=3"))

    assert drawn("{% query page=4 as url %}{{ url }}", request=request) == "?q=a%26b&amp;tag=x&amp;tag=y&amp;page=4"
    assert drawn("{% query page=None tag=None as url %}{{ url }}", request=request) == "?q=a%26b"


def test_bars_stand_one_after_the_other():
    parts = [{"tone": "ok", "n": 1}, {"tone": "rest", "n": 1}, {"tone": "bad", "n": 2}]

    assert tags.bars(parts, 4) == [
        {"tone": "ok", "x": "0.00", "width": "25.00"},
        {"tone": "bad", "x": "50.00", "width": "50.00"},
    ]
    assert tags.bars([{"tone": "ok", "n": 0}], 0) == [{"tone": "ok", "x": "0", "width": "0"}]


def test_permissions_in_templates():
    can = SimpleNamespace(can=__import__("smartrec.navigation", fromlist=["Can"]).Can("auditor"))

    assert drawn("{% if shell.can.payments_view %}yes{% endif %}", shell=can) == "yes"
    assert drawn("{% if shell.can.payments_take %}yes{% endif %}", shell=can) == ""
