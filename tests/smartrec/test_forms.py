import datetime as dt

import pytest
from django import forms
from django.utils import translation

from smartrec.forms import DateField, MoneyField, Segments


class Payment(forms.Form):
    amount = MoneyField(label="Amount", min_value=500, max_value=17_200, help_text="In dollars.")
    note = forms.CharField(label="Note", required=False)
    on = DateField(label="On", required=False, earliest=dt.date(2026, 11, 21))
    per = forms.ChoiceField(label="Per", required=False, choices=[("p", "Person"), ("a", "Account")], widget=Segments)
    how = forms.ChoiceField(label="How", required=False, choices=[("c", "Card")], widget=forms.RadioSelect)
    receipt = forms.BooleanField(label="Email a receipt", required=False)


def refusal(**data) -> str:
    with translation.override("en"):
        return Payment(data).errors.as_data()[next(iter(data))][0].messages[0]


def test_an_amount_arrives_in_cents():
    form = Payment({"amount": "172,00 $"})

    assert form.is_valid()
    assert form.cleaned_data["amount"] == 17_200


def test_an_ambiguous_amount_is_given_back_with_both_readings():
    assert refusal(amount="1,234") == "Write the cents: $1.23 or $1,234.00."


def test_an_amount_out_of_bounds_names_the_bounds():
    assert refusal(amount="4,99") == "Enter an amount between $5.00 and $172.00."
    assert refusal(amount="172,01") == "Enter an amount between $5.00 and $172.00."


def test_what_is_no_amount_is_answered_with_an_example():
    assert refusal(amount="lots") == "Enter an amount, like $1,234.56."


def test_an_absent_amount_is_asked_for():
    assert refusal(amount="") == "Enter an amount."


@pytest.mark.parametrize(("language", "shown"), [("fr", "1\xa0234,56"), ("en", "1,234.56")])
def test_an_amount_is_shown_as_its_reader_writes_it(language, shown):
    with translation.override(language):
        html = str(Payment(initial={"amount": 123_456})["amount"])

    assert f'value="{shown}"' in html
    assert 'inputmode="decimal"' in html


def test_an_unchanged_amount_has_not_changed():
    field = MoneyField()

    assert not field.has_changed(123_456, "1 234,56")
    assert field.has_changed(123_456, "1 234,57")
    assert field.has_changed(123_456, "nonsense")


def test_a_date_before_the_earliest_is_refused():
    assert refusal(on="2026-11-20") == "Enter 2026-11-21 or a later date."


def test_a_field_says_its_hint_and_its_error_to_those_who_do_not_see_them():
    with translation.override("en"):
        html = str(Payment({"amount": "x"})["amount"])

    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'aria-invalid="true"' in html
    assert "form-control" in html


def test_the_form_starts_with_a_summary_that_links_to_each_field():
    with translation.override("en"):
        html = Payment({"amount": "x"}).render()

    assert 'tabindex="-1"' in html
    assert 'href="#id_amount"' in html
    assert 'id="id_amount_error"' in html
    assert html.count("Enter an amount, like $1,234.56.") == 2


def test_only_what_may_be_left_empty_is_marked():
    with translation.override("en"):
        html = Payment().render()

    assert html.count("(optional)") == 2


def test_inputs_are_styled_by_their_kind():
    form = Payment()

    assert "form-check-input" in str(form["receipt"])
    assert "form-control" in str(form["note"])
    assert 'class="seg"' in str(form["per"])
    assert 'class="choices"' in str(form["how"])
    assert str(form["how"]).count("<label") == 1
