"""What is asked before someone leaves for the processor's page, and when a permission is given."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Account, Organization
from smartrec.forms import Form
from smartrec.templatetags.smartrec import method_text
from wallet.consents import Consent
from wallet.models import PaymentMethod
from wallet.processor import BillingAddress

Agreements = dict[Organization, Consent]
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


class AddressForm(Form):
    """The billing address of a saved method: none is kept without."""

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

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind == "bank":
            self.fields["nickname"] = forms.CharField(
                label=_("Name of the account"),
                help_text=_("To recognize it, like “Joint account”."),
                max_length=60,
                required=False,
            )
            self.order_fields(["nickname"])

    @property
    def address(self) -> BillingAddress:
        return BillingAddress(**{name: self.cleaned_data[f"address_{name}"] for name in ADDRESS})

    @property
    def nickname(self) -> str:
        return self.cleaned_data.get("nickname", "")

    def typed(self) -> Iterator[BoundField]:
        """What is typed, without the boxes to tick."""
        return (self[name] for name in self.fields if name == "nickname" or name.startswith("address_"))

    @staticmethod
    def of(known: Account | PaymentMethod) -> dict[str, str]:
        """What is known already is not asked twice."""
        lived = {f"address_{name}": getattr(known, f"address_{name}", "") for name in ADDRESS}
        nickname = {"nickname": known.nickname} if isinstance(known, PaymentMethod) else {}
        return {**lived, "address_country": lived["address_country"] or "CA", **nickname}


class AddForm(AddressForm):
    """A new card or bank account, and who may charge it: nobody, unless a box is ticked."""

    def __init__(self, *args: Any, agreements: Agreements, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreements = agreements
        for one, agreed in agreements.items():
            label = agree_label(self.kind, one, agreed)
            self.fields[self._name(one)] = forms.BooleanField(label=label, required=False)

    @staticmethod
    def _name(organization: Organization) -> str:
        return f"authorize_{organization.pk}"

    @property
    def consents(self) -> list[Organization]:
        """Whose authorizations were ticked."""
        return [one for one in self.agreements if self.cleaned_data.get(self._name(one))]

    def boxes(self) -> Iterator[tuple[Organization, Consent, BoundField]]:
        """Each organization with its words and its box to tick."""
        return ((one, agreed, self[self._name(one)]) for one, agreed in self.agreements.items())


class ReplaceForm(AddressForm):
    """A method that takes the place of another. What the old one was allowed is agreed to anew, in the same words."""

    def __init__(self, *args: Any, agreements: Agreements, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreements = agreements
        if agreements:
            self.fields["agree"] = forms.BooleanField(
                label=self._label(),
                error_messages={
                    "required": _("Tick the box to go on, or withdraw first the authorizations that you want to end.")
                },
            )

    def _label(self) -> str:
        names = _listed(one.name for one in self.agreements)
        if self.kind == "card":
            return _("I authorize %(names)s to charge the new card in these words.") % {"names": names}
        agreed = ngettext(
            "I agree to this debit agreement for the new account, with %(names)s.",
            "I agree to these debit agreements for the new account, with %(names)s.",
            len(self.agreements),
        )
        return agreed % {"names": names}

    @property
    def consents(self) -> list[Organization]:
        return list(self.agreements)

    def boxes(self) -> list[BoundField]:
        return [self["agree"]] if self.agreements else []


def _listed(names: Iterable[str]) -> str:
    """`Les Érables, Club de soccer and Patro`."""
    *first, last = names
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last


class InsteadForm(Form):
    """Which method takes the planned payments of one that is removed: none is chosen beforehand."""

    instead = forms.ModelChoiceField(
        label=gettext_lazy("Which method takes these payments?"),
        queryset=PaymentMethod.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the method that takes these payments.")},
    )

    def __init__(self, *args: Any, able: list[PaymentMethod], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["instead"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = PaymentMethod.objects.filter(pk__in=[one.pk for one in able])
        chosen.label_from_instance = method_text  # type: ignore[assignment]


class AgreeForm(Form):
    """One permission, given on its own page."""

    agree = forms.BooleanField(error_messages={"required": gettext_lazy("Tick the box to authorize.")})

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = label
