"""What staff and clients type on the billing pages: what a charge takes and how, the count that confirms it."""

import uuid
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from smartrec.forms import Form, MoneyField, Segments
from smartrec.templatetags.smartrec import method_text
from wallet.models import Authorization

TYPED_ABOVE = 10
TYPED_FROM = 100_000

PER = [("person", pgettext_lazy("one payment per", "Person")), ("account", pgettext_lazy("one payment per", "Account"))]
WHICH = [
    ("balance", gettext_lazy("Everything due")),
    ("overdue", gettext_lazy("Only what is overdue")),
]
WHICH_RUN = ("run", gettext_lazy("Only these invoices"))
ORDERS = [
    ("default", gettext_lazy("The owner’s default method")),
    ("card_first", gettext_lazy("Cards first, then e-checks")),
    ("bank_first", gettext_lazy("E-checks first, then cards")),
    ("card_only", gettext_lazy("Cards only")),
    ("bank_only", gettext_lazy("E-checks only")),
]


class ChoicesForm(Form):
    """What the reviewer of a mass charge chooses."""

    per = forms.ChoiceField(label=gettext_lazy("One payment per"), choices=PER, widget=Segments, required=False)
    which = forms.ChoiceField(label=gettext_lazy("What to charge"), choices=WHICH)
    order = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=ORDERS)
    at_most = MoneyField(label=gettext_lazy("At most, per payment"), required=False, min_value=1)
    note = forms.CharField(
        label=gettext_lazy("Note on the receipt"),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    email_receipt = forms.BooleanField(label=gettext_lazy("Email a receipt to each account owner"), required=False)
    reconcile = forms.BooleanField(label=gettext_lazy("Reconcile with the invoices shown"), required=False)

    def __init__(self, *args: Any, noun: str, of_run: bool = False, counts: dict | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if noun == "accounts":
            del self.fields["per"]
        if of_run:
            cast(forms.ChoiceField, self.fields["which"]).choices = [WHICH_RUN, *WHICH]
        self.counts = counts or {}

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices as the service takes them."""
        return dict(self.cleaned_data)


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
                self.add_error("typed", _("Type the number %(count)s to confirm.") % {"count": count})
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
