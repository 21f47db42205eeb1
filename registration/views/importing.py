"""Importing clients: bring a file, see what it would do, say yes."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration import bad_rows
from registration.forms import ClientFileForm, ConfirmImportForm
from registration.households import Row
from registration.models import Activity, MembershipType, Program, Upload
from registration.resources import COLUMNS, REQUIRED
from registration.services import importing, uploads
from registration.services.import_plan import BAD, CHANGED, NEW, UNCHANGED, Plan
from registration.tables import ReviewTable
from smartrec import formats
from smartrec.views import Command, FormPage, OrganizationMixin, PlainPage

SHOWN = 50
COMPLAINTS_SHOWN = 100


class ImportClients(FormPage):
    """Choose a file; nothing is imported before it has been reviewed."""

    permission_required = "clients.import"
    nav = "client-import"
    title = gettext_lazy("Import people and accounts")
    submit_label = gettext_lazy("Review the file")
    form_class = ClientFileForm
    template_name = "registration/import.html"

    def run(self, form: ClientFileForm) -> Upload:
        file = form.cleaned_data["file"]
        return uploads.receive(
            organization=self.organization,
            name=file.name,
            content=file.read(),
            by=self.request.user,
            now=timezone.now(),
        )

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client-import-review", upload=result.pk)

    def get_cancel_url(self) -> str:
        return self.org_url("accounts")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        columns = [
            {"french": column.french, "english": column.english, "required": name in REQUIRED}
            for name, column in COLUMNS.items()
        ]
        return super().get_context_data(columns=columns, **kwargs)


class ImportExample(OrganizationMixin):
    """A small file with every column, to start from."""

    permission_required = "clients.import"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _csv(bad_rows.example(), _("example"))


class OwnUpload(OrganizationMixin):
    """A page about a file this person brought to this organization."""

    permission_required = "clients.import"
    nav = "client-import"

    @property
    def upload(self) -> Upload:
        own = Upload.objects.for_organization(self.organization).filter(created_by=self.request.user)
        return get_object_or_404(own, pk=self.kwargs["upload"])

    def drawn(self, upload: Upload) -> Plan:
        sheet = uploads.sheet_of(upload)
        return importing.preview(organization=self.organization, sheet=sheet, on=timezone.localdate())


class ImportReview(OwnUpload, PlainPage):
    """What importing the file would do; once it is done, what it did."""

    title = gettext_lazy("Review the import")
    template_name = "registration/import_review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        upload = self.upload
        drawn = self.drawn(upload)
        complaints = list(bad_rows.complaints(drawn.bad_rows))
        counts = upload.counts or {name: drawn.count(name) for name in (NEW, CHANGED, UNCHANGED, BAD)}
        rows = [_as_shown(row, drawn) for row in drawn.file.rows[:SHOWN]]
        own = {
            "upload": upload,
            "drawn": drawn,
            "counts": counts,
            "kpis": _kpis(counts),
            "ready": counts[NEW] + counts[CHANGED],
            "yes_label": _yes(counts[NEW] + counts[CHANGED], counts[BAD]),
            "table": ReviewTable(rows, organization=self.organization),
            "complaints": complaints[:COMPLAINTS_SHOWN],
            "complaints_more": max(0, len(complaints) - COMPLAINTS_SHOWN),
            "created": _created(drawn),
        }
        return super().get_context_data(**{**kwargs, **own})


class ConfirmImport(OwnUpload, Command):
    """Say yes. Saying it twice imports once."""

    form_class = ConfirmImportForm

    def run(self, data: dict[str, Any]) -> Plan | None:
        now = timezone.now()
        return uploads.import_upload(
            upload=self.upload,
            skip_bad=data["skip_bad"],
            by=self.request.user,
            on=timezone.localdate(now),
            now=now,
        )

    def get_success_message(self, result: Plan | None) -> str:
        if result is None:
            return _("This file was imported already; nothing was imported twice.")
        count = result.count(NEW) + result.count(CHANGED)
        return ngettext("%(count)s row imported.", "%(count)s rows imported.", count) % {"count": formats.count(count)}

    def get_success_url(self, result: Plan | None = None) -> str:
        return self.org_url("client-import-review", upload=self.kwargs["upload"])


class BadRows(OwnUpload):
    """The refused rows as a file, each with its reason: to correct and import again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        upload = self.upload
        drawn = self.drawn(upload)
        if not drawn.bad_rows:
            raise Http404
        return _csv(bad_rows.as_csv(uploads.sheet_of(upload), drawn.bad_rows), _("to-correct"))


def _csv(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _kpis(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"label": _("New"), "value": formats.count(counts[NEW]), "icon": "user-plus"},
        {"label": _("Changed"), "value": formats.count(counts[CHANGED]), "icon": "edit"},
        {"label": _("Unchanged"), "value": formats.count(counts[UNCHANGED]), "icon": "check"},
        {
            "label": _("To correct"),
            "value": formats.count(counts[BAD]),
            "icon": "alert-circle",
            "tone": "bad" if counts[BAD] else "",
        },
    ]


def _yes(ready: int, bad: int) -> str:
    """The button says how many rows come in, and how many do not."""
    facts = {"ready": formats.count(ready), "bad": formats.count(bad)}
    if bad:
        text = ngettext(
            "Import the good row, leave out %(bad)s", "Import the %(ready)s good rows, leave out %(bad)s", ready
        )
    else:
        text = ngettext("Import %(ready)s row", "Import %(ready)s rows", ready)
    return text % facts


def _as_shown(row: Row, drawn: Plan) -> dict[str, Any]:
    return {
        "line": row.line,
        "person": f"{row.last_name}, {row.first_name}".strip(", ") or "–",
        "household": row.household,
        "birth_date": row.birth_date,
        "takes_part": ", ".join((*row.activities, *filter(None, [row.membership]))),
        "outcome": drawn.outcomes[row.line],
    }


def _created(drawn: Plan) -> list[tuple[str, list[str]]]:
    """What the file would add to the catalogue, by name: a spelling mistake shows here."""
    lists: list[tuple[str, Sequence[Program | Activity | MembershipType]]] = [
        (_("Programs"), drawn.new_programs),
        (_("Activities"), drawn.new_activities),
        (_("Memberships"), drawn.new_types),
    ]
    return [(label, sorted(thing.name_fr for thing in made)) for label, made in lists if made]
