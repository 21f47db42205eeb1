"""Where signing in leads, the first page of an organization, and everything that happened in it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.filters import AuditFilter
from accounts.models import StaffMembership, Trail, User
from accounts.tables import AuditTable
from smartrec import contributions
from smartrec.roles import ROLE_NAMES
from smartrec.views import ListPage, OwnMixin, PlainPage


class SignedInRequest(HttpRequest):
    """What someone who signed in asks."""

    user: User


def places(request: SignedInRequest) -> list[dict[str, Any]]:
    """Everywhere this person may go: the organizations they work for, and their own household."""
    memberships = request.user.staff_memberships.filter(is_active=True).select_related("organization")
    found = [_work(membership) for membership in memberships.order_by("organization__name")]
    portal = _portal()
    if portal and getattr(request.user, "account", None) is not None:
        found.append({"url": portal, "icon": "home", "label": _("My family"), "note": _("Client portal")})
    return found


def elsewhere(request: SignedInRequest) -> list[dict[str, Any]]:
    """The same without the place where one is."""
    return [place for place in places(request) if not request.path.startswith(place["url"])]


def _work(membership: StaffMembership) -> dict[str, Any]:
    url = reverse("dashboard", args=[membership.organization.slug])
    role = ROLE_NAMES[membership.role]
    return {"url": url, "icon": "building-community", "label": str(membership.organization), "note": role}


def _portal() -> str:
    try:
        return reverse("my-home")
    except NoReverseMatch:
        return ""


class Home(OwnMixin, TemplateView):
    """One place to go: go there. Several: choose."""

    template_name = "accounts/home.html"
    title = gettext_lazy("Where do you want to go?")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = places(self.request)
        if len(found) == 1:
            return redirect(found[0]["url"])
        return self.render_to_response(self.get_context_data(places=found))


class Dashboard(PlainPage):
    """What waits for someone today."""

    permission_required = "home.view"
    nav = "dashboard"
    title = gettext_lazy("Home")
    template_name = "accounts/dashboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            todos=contributions.todos(self.request, self.can),
            panels=contributions.drawn("dashboard", self.request, self.organization, self.can),
            **kwargs,
        )


class AuditLog(ListPage):
    """Everything anyone did in this organization, newest first; nothing here can be changed."""

    permission_required = "trail.view"
    nav = "audit-log"
    title = gettext_lazy("Audit log")
    export_name = "audit-log"
    table_class = AuditTable
    filterset_class = AuditFilter

    def rows(self) -> QuerySet[Trail]:
        trail = Trail.objects.for_organization(self.organization).order_by("-at", "-pk")
        return trail.select_related("actor").prefetch_related("client__account__owner")

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has happened yet."), "icon": "history"}
