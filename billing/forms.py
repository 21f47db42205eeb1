"""What staff and clients type on the billing pages: what a charge takes and how, the count that confirms it."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from billing.models import MassRun
from smartrec import formats
from smartrec.forms import Form, MoneyField, Segments
from smartrec.templatetags.smartrec import method_text
from wallet.models import Authorization

TYPED_ABOVE = 10
TYPED_FROM = 100_000

PER = [("person", pgettext_lazy("one payment per", "Person")), ("account", pgettext_lazy("one payment per", "Account"))]
WHICH = [
    ("balance", gettext_lazy("Everything due")),
    ("overdue", gettext_lazy("Only what is overdue")),
    ("fixed", gettext_lazy("The same amount for each")),
]
WHICH_RUN = ("run", gettext_lazy("The invoices of a bulk invoice"))
ORDERS = [
    ("default", gettext_lazy("The owner’s default method")),
    ("card_first", gettext_lazy("Cards first, then e-checks")),
    ("bank_first", gettext_lazy("E-checks first, then cards")),
    ("card_only", gettext_lazy("Cards only")),
    ("bank_only", gettext_lazy("E-checks only")),
]
NOTICES = (0, 3, 5, 7, 10, 14)


class ChoicesForm(Form):
    """What the reviewer of a mass charge chooses. An amount left blank is asked for: it never means everything."""

    use_required_attribute = False

    per = forms.ChoiceField(label=gettext_lazy("One payment per"), choices=PER, widget=Segments, required=False)
    which = forms.ChoiceField(label=gettext_lazy("What to charge"), choices=WHICH)
    source = forms.ChoiceField(label=gettext_lazy("Bulk invoice"), required=False)
    amount = MoneyField(
        label=gettext_lazy("Amount of each payment"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("It pays the oldest invoices first. Who owes less is left out."),
    )
    order = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=ORDERS)
    capped = forms.BooleanField(label=gettext_lazy("No more than a set amount per account"), required=False)
    at_most = MoneyField(label=gettext_lazy("At most, per account"), required=False, min_value=1)
    notice_days = forms.TypedChoiceField(
        label=gettext_lazy("Tell everyone before they are charged"), coerce=int, required=False, empty_value="0"
    )
    note = forms.CharField(
        label=gettext_lazy("Note on the receipt"),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    email_receipt = forms.BooleanField(label=gettext_lazy("Email a receipt to each account owner"), required=False)
    reconcile = forms.BooleanField(label=gettext_lazy("Reconcile with the invoices shown"), required=False)

    def __init__(
        self, *args: Any, noun: str, runs: Sequence[MassRun] = (), counts: dict | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.runs = {str(run.pk): run for run in runs}
        self.counts = counts or {}
        if noun == "accounts":
            del self.fields["per"]
        if self.runs:
            self._choices("which", [WHICH[0], WHICH_RUN, *WHICH[1:]])
            self._choices("source", [(key, _run_label(run)) for key, run in self.runs.items()])
        else:
            del self.fields["source"]
        self._choices("notice_days", [(days, _notice_label(days)) for days in NOTICES])
        if not self.is_bound:
            self._ask_for_all()

    def _ask_for_all(self) -> None:
        """Once shown, none of these is optional: each belongs to a choice, and is asked for with it."""
        for name in ("source", "amount", "at_most", "notice_days"):
            if name in self.fields:
                self.fields[name].required = True

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or self.cleaned_data
        self._ask("amount", asked=kept.get("which") == "fixed")
        self._ask("source", asked=kept.get("which") == "run")
        self._ask("at_most", asked=bool(kept.get("capped")))
        self._ask_for_all()
        return kept

    def _ask(self, name: str, *, asked: bool) -> None:
        """Say that this one is missing, and put the cursor there when the form is drawn again."""
        if name not in self.fields:
            return
        field = self.fields[name]
        if asked and name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, str(field.error_messages["required"]))
        if name in self.errors:
            field.widget.attrs["data-focus"] = ""

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices as the service takes them."""
        kept = {name: value for name, value in self.cleaned_data.items() if name != "capped"}
        is_of_run = kept["which"] == "run"
        kept["amount"] = kept["amount"] if kept["which"] == "fixed" else None
        kept["notice_days"] = int(kept["notice_days"])
        return kept | {"source": self.runs[kept["source"]] if is_of_run else None}


def _run_label(run: MassRun) -> str:
    """`FL-0012 · Late fees · 2026-11-20`."""
    day = formats.iso_date(run.organization.local_day(run.confirmed_at or run.created_at))
    return " · ".join(part for part in (run.display_number, run.title, day) if part)


def _notice_label(days: int) -> str:
    if not days:
        return _("No, charge at once")
    return ngettext("By email, %(n)s day before", "By email, %(n)s days before", days) % {"n": days}


class ConfirmForm(Form):
    """The count and total that were shown and, when much is at stake, the count typed by hand."""

    token = forms.RegexField(regex=r"^\d{1,9}-\d{1,15}$", widget=forms.HiddenInput)
    typed = forms.CharField(required=False)

    @property
    def shown(self) -> tuple[int, int]:
        count, _dash, total = self.cleaned_data["token"].partition("-")
        return int(count), int(total)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "token" in self.cleaned_data:
            count, total = self.shown
            if must_type(count, total) and digits(self.cleaned_data.get("typed", "")) != str(count):
                self.add_error("typed", _("Type the number %(count)s to confirm.") % {"count": formats.count(count)})
        return self.cleaned_data


def digits(text: str) -> str:
    """`1 286`, `1,286` and `1286` are the same number."""
    return "".join(character for character in text if character not in " ,.\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")


def token(count: int, total: int) -> str:
    return f"{count}-{total}"


def must_type(count: int, total: int) -> bool:
    """Whether the count has to be typed: above ten, or from a thousand dollars on."""
    return count > TYPED_ABOVE or total >= TYPED_FROM


class MethodField(forms.ModelChoiceField):
    """One of the client's authorizations, under the name of its payment method."""

    def label_from_instance(self, obj: Any) -> str:
        return method_text(obj.method)


class RefundForm(Form):
    """How much of a payment to give back, and what to tell the client; then the same again, confirmed."""

    amount = MoneyField(label=gettext_lazy("Amount to refund"), min_value=1)
    note = forms.CharField(
        label=gettext_lazy("Note to the client"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    confirmed = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, most: int, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = cast(MoneyField, self.fields["amount"])
        amount.max_value, amount.currency = most, currency

    @property
    def is_confirmed(self) -> bool:
        """Whether the amount typed is the one that was asked about."""
        return self.cleaned_data["confirmed"] == self.cleaned_data["amount"]


class RetryForm(Form):
    """By which of the client's authorized methods to try again."""

    authorization = MethodField(
        label=gettext_lazy("Payment method"),
        queryset=Authorization.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose a payment method.")},
    )

    def __init__(self, *args: Any, authorizations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(MethodField, self.fields["authorization"]).queryset = authorizations


class OnceInput(forms.HiddenInput):
    """A key of its own for every form that is shown: however often one is sent, it is one payment."""

    def format_value(self, value: Any) -> str:
        return str(uuid.uuid4())


class PayForm(Form):
    """How much of what is due is paid now, and how: by an authorized method, or a card typed once and not kept."""

    ON_THE_PAGE = "page"

    key = forms.UUIDField(required=False, widget=OnceInput)
    amount = MoneyField(label=gettext_lazy("Amount to pay"), min_value=1)
    method = forms.ChoiceField(
        label=gettext_lazy("Payment method"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a payment method.")},
    )

    def __init__(self, *args: Any, authorizations: QuerySet[Authorization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.authorizations = {str(one.pk): one for one in authorizations}
        saved = [(key, method_text(one.method)) for key, one in self.authorizations.items()]
        choices = [*saved, (self.ON_THE_PAGE, _("Another card, for this payment only"))]
        cast(forms.ChoiceField, self.fields["method"]).choices = choices
        self.fields["method"].initial = choices[0][0]

    @property
    def authorization(self) -> Authorization | None:
        """The chosen authorization; None when the card is typed on the processor's page."""
        return self.authorizations.get(self.cleaned_data["method"])
