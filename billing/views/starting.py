"""The choice when a run starts, for the last question before it: in the review's dialog and on its own page."""

from typing import Any

from django.utils.translation import gettext as _

from billing.models import MassRun
from billing.services import repeating
from billing.staff_forms.starting import StartForm
from billing.views.runs import RunPage


def start_form_args(view: RunPage) -> dict[str, Any]:
    """What a form needs to know of the run whose start is chosen."""
    return {"today": view.today, "may_repeat": repeating.may_repeat(view.run_row)}


def choice(view: RunPage, form: StartForm | None = None) -> dict[str, Any]:
    """What the template draws; in a dialog the form is a fresh one."""
    shown = form if form is not None else StartForm(auto_id="start_%s", **start_form_args(view))
    return {"when": shown, "repeats_whom": repeats_whom(view.run_row)}


def repeats_whom(run: MassRun) -> str:
    """For whom the runs of the coming months are made."""
    if run.selection is not None and run.selection.mode == "query":
        return _("Each month for everyone who then matches the same filters. Lines you removed are removed this once.")
    return _("Each month for the same people or accounts as now. Lines you removed are removed this once.")
