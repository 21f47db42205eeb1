"""The kit of pages: one small base per kind of page, closed unless a permission says otherwise."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import DetailView, TemplateView, View
from django.views.generic.base import ContextMixin

from smartrec import errors
from smartrec.roles import allows, known


class SeeOther(HttpResponseRedirect):
    """After a POST: go and read the result there."""

    status_code = 303


class Page(ContextMixin, View):
    """A page for someone who signed in. `permission_required` is mandatory; `nav` names its line of the menu."""

    permission_required: str = ""
    title: str | Promise = ""
    nav: str = ""
    takes_money = False
    # What the middleware and `enter` put on a request is known here by its name only: the frame imports no room.
    request: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.permission_required:
            known(cls.permission_required)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.permission_required:
            raise ImproperlyConfigured(f"{type(self).__name__} does not say which permission it needs.")
        self.enter(request, **kwargs)
        if not self.can(self.permission_required):
            raise errors.RoleNeeded(self.permission_required)
        if self.takes_money and request.method == "POST":
            # Until the view knows better, a crash here may have happened after the money moved.
            request.payment_outcome = "unknown"
        response = self._answer(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        add_never_cache_headers(response)
        return response

    def enter(self, request: Any, **kwargs: Any) -> None:
        """Find out where and as whom; raise 404 when this person has no business here."""
        raise NotImplementedError

    def can(self, permission: str) -> bool:
        raise NotImplementedError

    def _answer(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except errors.Conflict as problem:
            return errors.conflict(request, problem)
        except errors.Expired as problem:
            return errors.gone(request, problem)
        except errors.TooMany as problem:
            return errors.too_many(request, problem)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"title": self.get_title(), **kwargs})

    def get_title(self) -> str | Promise:
        return self.title

    @property
    def is_fragment(self) -> bool:
        """htmx asks for a part of the page; going back in history it wants the whole."""
        headers = self.request.headers
        return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")

    def back(self, fallback: str) -> str:
        """The page one came from, if it is one of ours."""
        referer = self.request.POST.get("next") or self.request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(
            referer, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return referer if safe else fallback


class OrganizationMixin(Page):
    """A back-office page under `/o/<org>/`: sets `request.organization` and `request.membership`."""

    def enter(self, request: Any, **kwargs: Any) -> None:
        membership = request.user.membership_for(kwargs["org"])
        if membership is None:
            raise Http404
        request.membership = membership
        request.organization = self.organization = membership.organization

    def can(self, permission: str) -> bool:
        return allows(self.request.membership.role, permission)

    def org_url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """The address of another back-office page of this organization."""
        if kwargs:
            return reverse(name, kwargs={"org": self.organization.slug, **kwargs})
        return reverse(name, args=[self.organization.slug, *args])


class PortalMixin(Page):
    """A portal page under `/my/`: sets `request.account`, the household of whoever signed in."""

    permission_required = "portal.use"

    def enter(self, request: Any, **kwargs: Any) -> None:
        account = getattr(request.user, "account", None)
        if account is None:
            raise Http404
        request.account = self.account = account

    def can(self, permission: str) -> bool:
        return allows("account_holder", permission)


class OwnMixin(Page):
    """A page about oneself, whatever one's role: preferences, notices."""

    permission_required = "own.edit"

    def enter(self, request: Any, **kwargs: Any) -> None:
        return None

    def can(self, permission: str) -> bool:
        return permission == "own.edit"


class PlainPage(OrganizationMixin, TemplateView):
    """A back-office page with its own template and no form."""


class DetailPage(OrganizationMixin, DetailView):
    """One thing of the organization: `queryset()` must start from `for_organization`."""

    def get_queryset(self) -> QuerySet:
        return self.rows()

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def get_title(self) -> str | Promise:
        return self.title or str(self.object)
