"""The pages of a mass e-mail: written for a selection, reviewed, confirmed, followed to its end."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import results
from billing.forms import ConfirmForm
from billing.models import MassRun, RunLine
from billing.services import message_runs, starting
from billing.services.runs import NotADraft, ShownDiffers
from billing.services.starting import SameRun
from billing.staff_forms.messages import MessageForm, initial_of
from billing.tables.messages import MessageRunsTable
from billing.views import message_wordings as wordings
from billing.views.drafting import FromSelection
from billing.views.histories import History
from billing.views.joined import Joined
from billing.views.message_jobs import MessageResult, MessageRunning
from billing.views.message_reviews import MessageReview, message_dialog
from billing.views.of_messages import OfMessages
from billing.views.pages import RunByState
from billing.views.runs import RunPage
from billing.views.steering import Discard, Line, Pause, Resume, Stop
from billing.words.messages import ABOUT_FAILURES, EXCLUSIONS, starts_with
from smartrec import formats
from smartrec.exports import csv_response
from smartrec.views import FormPage, SeeOther


class MassEmails(OfMessages, History):
    permission_required = "messages.view"
    title = gettext_lazy("Mass emails")
    table_class = MessageRunsTable
    export_name = "mass-emails"

    def empty(self) -> dict[str, Any]:
        return {
            "text": _("No mass email yet. Select people or accounts in a list, then choose Email."),
            "icon": "mail", "url": self.org_url("people"), "label": _("People"),
        }  # fmt: skip


class MessagePage(OfMessages, RunPage, FormPage):
    """What is written, new or of a draft; then the review. Sends nothing."""

    permission_required = "messages.send"
    form_class = MessageForm
    template_name = fragment_template_name = "billing/message_form.html"
    title = gettext_lazy("Email")
    submit_label = gettext_lazy("Review")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "may_see_balances": self.can("invoices.view")}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("mass-email", run=result.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        allowed = ["name", "organization", *(["balance"] if self.can("invoices.view") else [])]
        return super().get_context_data(
            **{"step": 1, "back": self.get_cancel_url(), "placeholders": wordings.placeholders(allowed), **kwargs}
        )


class NewMessage(FromSelection, MessagePage):
    """A letter to everyone selected in a list: one per account. The action center says what it is `about`."""

    @property
    def about(self) -> str:
        return self.request.GET.get("about", "")

    def get_initial(self) -> dict[str, Any]:
        return starts_with(self.about)

    def back_to_list(self) -> str:
        return self.org_url("action-center") if self.about == ABOUT_FAILURES else super().back_to_list()

    def run(self, form: MessageForm) -> MassRun:
        frozen = self.freeze()
        return message_runs.draft(
            organization=self.organization,
            noun=frozen.noun,
            ids=frozen.frozen_ids or [],
            options=form.options,
            by=self.by,
            now=self.now,
            selection=frozen,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(selection=self.selection, whom=self.whom(), **kwargs)


class EditMessage(MessagePage):
    """The same form, filled with a draft."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotADraft:
            return self.see_progress()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state != "draft":
            return SeeOther(self.run_url())
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.run_row.options)

    def run(self, form: MessageForm) -> MassRun:
        return message_runs.redraft(run=self.run_row, options=form.options)

    def get_cancel_url(self) -> str:
        return self.run_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run_row, whom=_("Draft %(number)s") % {"number": self.run_row}, **kwargs
        )


class MassEmail(OfMessages, RunByState):
    permission_required = "messages.view"
    review, result = MessageReview, MessageResult

    def shown(self) -> type:
        return MessageRunning if self.run_row.state in ("running", "paused") else super().shown()


class ConfirmMessages(OfMessages, RunPage, FormPage):
    """The last question. Only a POST starts the run, once."""

    permission_required = "messages.send"
    form_class = ConfirmForm
    template_name = fragment_template_name = "billing/confirmation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.run_row.state != "draft" or not results.review_of(self.run_row).included.n:
            return SeeOther(self.run_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: ConfirmForm) -> HttpResponse:
        count, total = form.shown
        try:
            starting.confirm(run=self.run_row, count=count, total=total, by=self.by, now=self.now)
        except NotADraft:
            return self.see_progress()
        except ShownDiffers:
            return self.review_again()
        except SameRun as same:
            form.add_error(None, wordings.same_as(same.earlier))
            return self.form_invalid(form)
        self.nudge()
        return SeeOther(self.run_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.see_progress() if self.run_row.state != "draft" else super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = message_dialog(results.review_of(self.run_row).included.n)
        return super().get_context_data(run=self.run_row, confirm=question, title=question["heading"], step=3, **kwargs)


class MessageLine(OfMessages, Line):
    permission_required = "messages.send"


class MessageJoined(OfMessages, Joined):
    permission_required = "messages.send"


class DiscardMessage(OfMessages, Discard):
    permission_required = "messages.send"


class PauseMessages(OfMessages, Pause):
    permission_required = "messages.send"


class ResumeMessages(OfMessages, Resume):
    permission_required = "messages.send"


class StopMessages(OfMessages, Stop):
    permission_required = "messages.send"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = message_runs.not_begun(self.run_row)
        question = {"text": wordings.stop_text(left), "label": _("Stop"), "danger": True}
        kept = {"run": self.run_row, "action": self.request.path, "back": self.run_url(), "title": _("Stop?")}
        return super(Stop, self).get_context_data(question=question, **kept, **kwargs)


class MessagesFile(OfMessages, RunPage):
    """Every line of the run: to whom, whether it left and when, or why not."""

    permission_required = "clients.export"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        head = [_("Account owner"), _("Account"), _("Email"), _("Status"), _("Reason"), _("Date")]
        said = {key: str(label) for key, label in (*EXCLUSIONS.items(), *wordings.STATES.items())}
        lines = self.run_row.lines.select_related("client__account__owner", "message").order_by("position")
        return csv_response(_rows(head, lines, said), f"{self.run_row.display_number}-result")


def _rows(head: list[str], lines: Any, said: dict[str, str]) -> Iterator[list[Any]]:
    yield head
    for line in lines.iterator(chunk_size=2_000):
        yield _row(line, said)


def _row(line: RunLine, said: dict[str, str]) -> list[Any]:
    client, message = line.client, line.message
    state = message.state if message else "excluded" if line.reason else "not_sent"
    when = (
        formats.iso_date(message.sent_at).replace("\N{NON-BREAKING HYPHEN}", "-") if message and message.sent_at else ""
    )
    why = message.error if message else said.get(line.reason, "")
    return [client.account.owner, client.display_number, client.account.email, said[state], why, when]
