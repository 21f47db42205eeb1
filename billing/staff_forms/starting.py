"""When a mass run starts: now, on a day, every month; what a second person answers; from which amounts."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.forms import ConfirmForm
from billing.services.repeating import Monthly
from smartrec.forms import DateField, Form, MoneyField, Segments

NOW, LATER = "now", "later"
NINE = dt.time(9)
MARGIN = 25


class TimeInput(forms.TimeInput):
    """The browser's own picker of a time; it travels as 09:00."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def time_field() -> forms.TimeField:
    return forms.TimeField(
        label=pgettext_lazy("start of a run", "At"),
        widget=TimeInput,
        required=False,
        error_messages={"invalid": gettext_lazy("Enter a time, like 09:00.")},
    )


ALSO = ("when", "day", "time", "month_day", "margin")


class StartForm(ConfirmForm):
    """What the last question before a run takes beside the count: when it starts, and whether it is repeated."""

    # What must be there depends on what is chosen: `clean` says so, not the browser.
    use_required_attribute = False

    when = forms.ChoiceField(
        label=gettext_lazy("Start"),
        choices=[
            (NOW, pgettext_lazy("start of a run", "Now")),
            (LATER, pgettext_lazy("start of a run", "On a date")),
        ],
        widget=Segments,
        required=False,
    )
    day = DateField(label=pgettext_lazy("start of a run", "On"), required=False)
    time = time_field()
    monthly = forms.BooleanField(label=gettext_lazy("Then every month"), required=False)
    month_day = forms.IntegerField(
        label=gettext_lazy("On day"), min_value=1, max_value=31, required=False,
        help_text=gettext_lazy("In a shorter month: on its last day."),
    )  # fmt: skip
    margin = forms.IntegerField(
        label=gettext_lazy("Margin over this month (%)"), min_value=0, max_value=500, required=False,
        help_text=gettext_lazy("Above it a second person approves."),
    )  # fmt: skip

    def __init__(self, *args: Any, today: dt.date, may_repeat: bool, **kwargs: Any) -> None:
        chosen = {"when": NOW, "time": NINE, "margin": MARGIN, "month_day": today.day}
        super().__init__(*args, initial=chosen | kwargs.pop("initial", {}), **kwargs)
        day = cast(DateField, self.fields["day"])
        day.widget.attrs |= {"min": today.isoformat(), "max": (today + dt.timedelta(days=365)).isoformat()}
        if not may_repeat:
            for name in ("monthly", "month_day", "margin"):
                del self.fields[name]
        if not self.is_bound:
            self._name_plainly()

    def _name_plainly(self) -> None:
        """Drawn without the word “optional”: a date is not optional where it was chosen to start on one."""
        for name in set(ALSO) & set(self.fields):
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._name_plainly()
        cleaned["when"] = cleaned.get("when") or NOW
        later = cleaned["when"] == LATER
        if later and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Enter the date on which it starts."))
        if cleaned.get("day") and not later:
            self.add_error("day", _("You chose to start now: leave the date empty, or choose to start on a date."))
        if cleaned.get("monthly") and not cleaned.get("month_day") and "month_day" not in self.errors:
            self.add_error("month_day", _("Enter the day of the month."))
        return cleaned

    @property
    def opens(self) -> bool:
        """Whether something is chosen beside starting now."""
        asked = self.data if self.is_bound else {}
        return asked.get("when") == LATER or bool(asked.get("monthly") or asked.get("day"))

    @property
    def later(self) -> tuple[dt.date, dt.time] | None:
        """The day and time it starts; None for now."""
        if self.cleaned_data["when"] != LATER:
            return None
        return self.cleaned_data["day"], self.cleaned_data.get("time") or NINE

    @property
    def repeats(self) -> Monthly | None:
        if not self.cleaned_data.get("monthly"):
            return None
        return Monthly(day=self.cleaned_data["month_day"], margin=self.cleaned_data.get("margin") or 0)


class DayForm(Form):
    """Another day for a scheduled run."""

    day = DateField(label=gettext_lazy("Starts on"))
    time = time_field()


class SendBackForm(Form):
    """Why a run is sent back to its review."""

    why = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea({"rows": 3}))


class LimitsForm(Form):
    """From which amounts more is asked, and what a mass charge points out."""

    confirm_above = MoneyField(
        label=gettext_lazy("Sign in again above"),
        help_text=gettext_lazy("Whoever starts a mass run above this amount types their password once more."),
    )
    approve_above = MoneyField(
        label=gettext_lazy("A second person approves above"),
        required=False,
        help_text=gettext_lazy("Nobody can approve what they confirmed themselves. Leave it empty to ask nobody."),
    )
    recent_days = forms.IntegerField(
        label=gettext_lazy("Point out who was charged in the last days"), min_value=1, max_value=90,
        help_text=gettext_lazy("A mass charge lists them under “Check these”."),
    )  # fmt: skip
    planned_days = forms.IntegerField(
        label=gettext_lazy("Point out who has a payment planned in the next days"), min_value=0, max_value=90,
        help_text=gettext_lazy("A mass charge lists them under “Check these”."),
    )  # fmt: skip
