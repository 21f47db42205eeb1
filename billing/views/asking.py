"""Forms about money that ask once more, with everything in sight, before they do it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.views.signing import must_sign_in_again, sign_in_again
from smartrec.errors import Refused
from smartrec.views import FormPage


class Asks(FormPage):
    """The form, then one question about it: done when what is confirmed is what was asked about."""

    def question(self, form: Any) -> dict[str, Any]:
        """What is asked: `text`, `label` of the button, and whatever else the template shows."""
        raise NotImplementedError

    def at_stake(self, form: Any) -> int:
        """The cents that move: above the organization's limit, one signs in again first."""
        return 0

    def done_before(self, confirmed: str) -> Any:
        """What this very form did when it was first confirmed; None while it did nothing."""
        return None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirmed twice, it answers twice what it did once: what is left since is of no account."""
        confirmed = request.POST.get("confirmed", "")
        done = self.done_before(confirmed) if confirmed else None
        return self.succeed(done) if done else super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if not form.is_confirmed:
            self.request.payment_outcome = "none"
            return self.ask(form)
        if must_sign_in_again(self.request, self.organization, self.at_stake(form)):
            self.request.payment_outcome = "none"
            return sign_in_again(self.request.path)
        return super().form_valid(form)

    def form_refused(self, form: Any, refusal: Refused) -> HttpResponse:
        """The form again, with why not above it and as things stand now."""
        again = type(form)(**{**self.get_form_kwargs(), "data": form.data})
        again.full_clean()
        again.add_error(None, str(refusal))
        return self.form_invalid(again)

    def ask(self, form: Any) -> HttpResponse:
        """The question, and what was typed kept under it."""
        own = {"confirmed": form.asked, **({"key": form.key_of_it} if "key" in form.fields else {})}
        kept = [(name, value) for name in form.fields if name not in own for value in _typed(form, name)]
        question = self.question(form)
        context = {"question": question, "kept": [*kept, *own.items()]}
        return self.render_to_response(self.get_context_data(form=form, submit_label=question["label"], **context))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"submit_label": _("Continue"), **kwargs})


def _typed(form: Any, name: str) -> list[Any]:
    """Every value sent under that name: a list of boxes has several."""
    return list(form.data.getlist(form.add_prefix(name)))
