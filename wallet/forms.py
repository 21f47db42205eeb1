"""What is asked before someone leaves for the processor's page, and when a permission is given."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Organization
from wallet.consents import Consent
from wallet.processor import BillingAddress

NOBODY = ""
COUNTRIES = [("CA", "Canada"), ("US", gettext_lazy("United States"))]
ADDRESS = ("line1", "city", "province", "postal_code", "country")


def _text(label: Any, longest: int, autocomplete: str, **kwargs: Any) -> forms.CharField:
    box = forms.TextInput({"autocomplete": f"billing {autocomplete}"})
    return forms.CharField(label=label, max_length=longest, widget=box, **kwargs)


def agree_label(kind: str, organization: Organization, agreed: Consent) -> str:
    """What stands beside the box to tick: a card's consent is one sentence, a debit agreement is read above it."""
    if kind == "card":
        return agreed.text
    return _("I agree to this debit agreement with %(organization)s.") % {"organization": organization}


class CardForm(forms.Form):
    """The billing address of a new method, and who may charge it: nobody, unless it is chosen."""

    kind = "card"

    address_line1 = _text(
        gettext_lazy("Billing address"),
        120,
        "address-line1",
        error_messages={"required": gettext_lazy("Enter the billing address.")},
    )
    address_city = _text(gettext_lazy("City"), 80, "address-level2", required=False)
    address_province = _text(gettext_lazy("Province or state"), 40, "address-level1", required=False)
    address_postal_code = _text(
        gettext_lazy("Postal code"),
        12,
        "postal-code",
        error_messages={"required": gettext_lazy("Enter the postal code of the billing address.")},
    )
    address_country = forms.ChoiceField(
        label=gettext_lazy("Country"), choices=COUNTRIES, widget=forms.Select({"autocomplete": "billing country"})
    )

    def __init__(self, *args: Any, agreements: dict[Organization, Consent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreements = agreements
        labels = [(str(one.pk), agree_label(self.kind, one, agreed)) for one, agreed in agreements.items()]
        if len(labels) == 1:
            self.fields["authorize"] = forms.BooleanField(label=labels[0][1], required=False)
        elif labels:
            choices = [(NOBODY, _("Nobody may charge it for now.")), *labels]
            self.fields["authorize"] = forms.ChoiceField(
                label=_("Who may charge it?"), choices=choices, required=False, initial=NOBODY, widget=forms.RadioSelect
            )

    @property
    def organization(self) -> Organization | None:
        """Whose authorization was ticked."""
        ticked = self.cleaned_data.get("authorize")
        return next((one for one in self.agreements if ticked in (True, str(one.pk))), None)

    @property
    def address(self) -> BillingAddress:
        return BillingAddress(**{name: self.cleaned_data[f"address_{name}"] for name in ADDRESS})

    @staticmethod
    def known(account: Account) -> dict[str, str]:
        """What is known already is not asked twice."""
        lived = {f"address_{name}": getattr(account, f"address_{name}") for name in ADDRESS if name != "country"}
        return {**lived, "address_country": "CA"}


class BankForm(CardForm):
    """The same for a bank account, which also has a name of its own."""

    kind = "bank"

    nickname = forms.CharField(
        label=gettext_lazy("Name of the account"),
        help_text=gettext_lazy("To recognize it, like “Joint account”."),
        max_length=60,
        required=False,
    )
    field_order = ("nickname",)


class AgreeForm(forms.Form):
    """One permission, given on its own page."""

    agree = forms.BooleanField(error_messages={"required": gettext_lazy("Tick the box to authorize.")})

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = label
