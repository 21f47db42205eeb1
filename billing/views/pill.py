"""The pill in the top bar: a mass run follows its administrator from page to page."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from billing import results
from billing.models import MassRun
from billing.views.refund_runs import OfRefunds
from billing.views.runs import OfCharge, OfInvoicing
from billing.words.runs import KINDS
from smartrec.roles import allows

PAGES = {page.kind: page for page in (OfCharge, OfInvoicing, OfRefunds)}


def running_job(request: HttpRequest) -> SafeString | str:
    """The latest run under way that this role may see, or nothing."""
    organization = getattr(request, "organization", None)
    if organization is None:
        return ""
    role = getattr(request, "membership").role  # noqa: B009
    kinds = [kind for kind, page in PAGES.items() if allows(role, page.acts_with)]
    live = MassRun.objects.for_organization(organization).live().filter(kind__in=kinds)
    run = live.order_by("-confirmed_at").first() if kinds else None
    if run is None:
        return ""
    facts = {
        "url": reverse(PAGES[run.kind].page, args=[organization.slug, run.pk]),
        "label": KINDS[run.kind],
        "done": run.shown_count - results.remaining_count(run),
        "total": run.shown_count,
    }
    return render_to_string("smartrec/jobpill.html", facts)
