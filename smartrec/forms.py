"""Form fields, widgets and the renderer that give every form of the product the same face."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import widgets
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec import card_numbers
from smartrec.money import AmbiguousMoney, NotMoney, format_money, parse_money

_MOST = 99_999_999_999
_CHECKS = (widgets.CheckboxInput, widgets.RadioSelect, widgets.CheckboxSelectMultiple)
_BARE = (widgets.HiddenInput, widgets.MultiWidget)


class StyledField(BoundField):
    """A field that knows how its input looks, so that no form has to say it."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: widgets.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        style = " ".join(filter(None, [_style(widget), widget.attrs.get("class")]))
        return {**attrs, "class": style} if style else attrs

    @property
    def is_check(self) -> bool:
        """A single tick box: its label stands beside it."""
        return isinstance(self.field.widget, widgets.CheckboxInput)

    @property
    def may_be_empty(self) -> bool:
        """Whether somebody can leave it out, which its label then says; a list without an empty line always answers."""
        if self.field.required or getattr(self.form, "is_filter", False):
            return False
        one_of = isinstance(self.field.widget, widgets.ChoiceWidget) and not self.field.widget.allow_multiple_selected
        return not one_of or any(not value for value, _label in self.field.widget.choices)


def _style(widget: widgets.Widget) -> str:
    if isinstance(widget, _CHECKS):
        return "form-check-input"
    if isinstance(widget, widgets.Select):
        return "form-select"
    return "" if isinstance(widget, _BARE) else "form-control"


_OURS = {
    "django/forms/errors/list/default.html": "smartrec/forms/errors.html",
    "django/forms/widgets/radio.html": "smartrec/forms/choices.html",
    "django/forms/widgets/checkbox_select.html": "smartrec/forms/choices.html",
}


class Renderer(DjangoTemplates):
    """Every form, field and input goes through our own templates."""

    form_template_name = "smartrec/forms/form.html"
    field_template_name = "smartrec/forms/field.html"
    bound_field_class = StyledField

    def get_template(self, template_name: str) -> Any:
        return super().get_template(_OURS.get(template_name, template_name))


def refuse_card_number(value: Any) -> None:
    """Card numbers are typed on the processor's page only; anywhere else they would be kept."""
    if isinstance(value, str) and card_numbers.holds(value):
        raise ValidationError(_("This looks like a card number. Never type one here."), code="card_number")


class Form(forms.Form):
    """Every form of the product: whatever is typed in it, no card number gets in.

    What a page itself sends along hidden is not typed: figures side by side there may look like a card number.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and not field.widget.is_hidden:
                field.validators = [*field.validators, refuse_card_number]


class MoneyInput(forms.TextInput):
    """A text box for an amount: the numeric keypad on a phone, rewritten neatly when one leaves it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "decimal", "autocomplete": "off", "data-money": "", "class": "num", **(attrs or {})}
        )


class MoneyField(forms.Field):
    """An amount typed in either language, given back in cents."""

    widget = MoneyInput
    default_error_messages = {
        "required": gettext_lazy("Enter an amount."),
        "invalid": gettext_lazy("Enter an amount, like %(example)s."),
    }

    def __init__(
        self, *, min_value: int | None = 0, max_value: int = _MOST, currency: str = "CAD", **kwargs: Any
    ) -> None:
        self.min_value, self.max_value, self.currency = min_value, max_value, currency
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            return parse_money(str(value))
        except AmbiguousMoney:
            raise ValidationError(self._ambiguity(str(value)), code="ambiguous") from None
        except NotMoney:
            example = format_money(123_456, self.currency)
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"example": example}) from None

    def _ambiguity(self, typed: str) -> str:
        digits = "".join(character for character in typed if character.isdigit())
        small = format_money(int(digits[:-1]), self.currency)
        large = format_money(int(digits) * 100, self.currency)
        return _("Write the cents: %(small)s or %(large)s.") % {"small": small, "large": large}

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is None or ((self.min_value is None or value >= self.min_value) and value <= self.max_value):
            return
        raise ValidationError(self._bounds(), code="out_of_range")

    def _bounds(self) -> str:
        least, most = (format_money(bound or 0, self.currency) for bound in (self.min_value, self.max_value))
        if self.max_value == _MOST:
            return _("Enter an amount of %(least)s or more.") % {"least": least}
        if self.min_value is None:
            return _("Enter an amount of %(most)s or less.") % {"most": most}
        return _("Enter an amount between %(least)s and %(most)s.") % {"least": least, "most": most}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return format_money(value, self.currency).replace("$", "").strip()
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class DateInput(forms.DateInput):
    """The browser's own date picker; the value travels as 2026-11-21."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    """A date, optionally not before or not after another."""

    widget = DateInput
    default_error_messages = {"invalid": gettext_lazy("Enter a date, like 2026-11-30.")}

    def __init__(self, *, earliest: dt.date | None = None, latest: dt.date | None = None, **kwargs: Any) -> None:
        self.earliest, self.latest = earliest, latest
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(_("Enter %(date)s or a later date.") % {"date": self.earliest}, code="too_early")
        if value and self.latest and value > self.latest:
            raise ValidationError(_("Enter %(date)s or an earlier date.") % {"date": self.latest}, code="too_late")

    def widget_attrs(self, widget: widgets.Widget) -> dict[str, Any]:
        bounds = {"min": self.earliest, "max": self.latest}
        return {name: bound.isoformat() for name, bound in bounds.items() if bound}


class Segments(forms.RadioSelect):
    """Two or three exclusive choices side by side."""

    template_name = "smartrec/forms/segments.html"
