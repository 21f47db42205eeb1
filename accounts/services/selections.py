"""Selecting rows of a list across its pages; the selection is kept on the server until it is used or a day old."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Func, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Client, Organization, Selection, StaffMembership, User
from smartrec import formats, roles
from smartrec import selection as lists
from smartrec.errors import Refused

KEPT = dt.timedelta(hours=24)


def live(*, organization: Organization, by: User, noun: str, now: dt.datetime) -> Selection | None:
    """What this person has selected in that list, if it is not a day old."""
    mine = Selection.objects.filter(organization=organization, created_by=by, noun=noun, frozen_ids=None)
    return mine.filter(changed_at__gt=now - KEPT).order_by("-changed_at").first()


@transaction.atomic
def set_page(
    *,
    organization: Organization,
    by: User,
    noun: str,
    query: str,
    page_ids: Iterable[int],
    ticked_ids: Iterable[int],
    now: dt.datetime,
) -> Selection:
    """Make a page's rows selected exactly as they are ticked; the other pages keep theirs."""
    selection = _mine(organization, by, noun, query, now)
    shown = set(_keys(noun, lists.of_ids(noun, page_ids, organization)))
    ticked = shown & set(ticked_ids)
    if selection.mode == "query":
        selection.excluded_ids = sorted((set(selection.excluded_ids) - ticked) | (shown - ticked))
    else:
        selection.ids = sorted((set(selection.ids) - (shown - ticked)) | ticked)
        _refuse_too_many(noun, len(selection.ids))
    selection.save()
    return selection


@transaction.atomic
def select_all(*, organization: Organization, by: User, noun: str, query: str, now: dt.datetime) -> Selection:
    """Select every row the filters match, on all pages."""
    selection = _mine(organization, by, noun, query, now)
    matching = lists.matching(noun, query, organization=organization, can=_can(organization, by))
    _refuse_too_many(noun, matching.order_by()[: settings.SELECTION_LIMIT + 1].count())
    selection.mode, selection.query, selection.ids, selection.excluded_ids = "query", query, [], []
    selection.save()
    return selection


@transaction.atomic
def keep_page(
    *, organization: Organization, by: User, noun: str, query: str, page_ids: Iterable[int], now: dt.datetime
) -> Selection:
    """Of everything selected keep only what is on this page."""
    selection = _mine(organization, by, noun, query, now)
    shown = set(_keys(noun, lists.of_ids(noun, page_ids, organization)))
    selection.ids = sorted(shown - set(selection.excluded_ids))
    selection.mode, selection.query, selection.excluded_ids = "ids", "", []
    selection.save()
    return selection


@transaction.atomic
def clear(*, organization: Organization, by: User, noun: str) -> None:
    """Select nothing any more."""
    _take_turn(organization, by)
    Selection.objects.filter(organization=organization, created_by=by, noun=noun, frozen_ids=None).delete()


@transaction.atomic
def freeze(*, selection: Selection) -> Selection:
    """A copy whose members never change again, for a review: what joins the filters afterwards is not included."""
    frozen = sorted(_keys(selection.noun, resolve(selection=selection))[: settings.SELECTION_LIMIT + 1])
    _refuse_too_many(selection.noun, len(frozen))
    return Selection.objects.create(
        organization=selection.organization,
        created_by=selection.created_by,
        noun=selection.noun,
        mode=selection.mode,
        query=selection.query,
        ids=selection.ids if selection.mode == "ids" else [],
        excluded_ids=selection.excluded_ids,
        frozen_ids=frozen,
    )


def used(*, selection: Selection) -> None:
    """What was done for a frozen selection is not ticked any more, unless its ticks were changed since: the next
    review does not begin with rows of the last."""
    ticked = Selection.objects.filter(
        organization=selection.organization_id, created_by=selection.created_by_id, noun=selection.noun, frozen_ids=None
    )
    as_it_was = {name: getattr(selection, name) for name in ("mode", "query", "excluded_ids")}
    ticked = ticked.filter(**as_it_was)
    (ticked.filter(ids=selection.ids) if selection.mode == "ids" else ticked).delete()


def of_accounts(*, organization: Organization, by: User, accounts: Collection[int]) -> Selection:
    """These accounts, as if somebody had ticked them and started a review; what that person has ticked stays."""
    kept = sorted(_keys("accounts", lists.of_ids("accounts", accounts, organization)))
    _refuse_too_many("accounts", len(kept))
    return Selection.objects.create(
        organization=organization, created_by=by, noun="accounts", ids=kept, frozen_ids=kept
    )


def resolve(*, selection: Selection) -> QuerySet:
    """The rows selected: people, or clients when the list is of accounts. Archived ones have left."""
    if selection.frozen_ids is not None:
        return lists.of_ids(selection.noun, _members(selection, "frozen_ids"), selection.organization)
    return _still_selected(selection)


def joined_since(*, selection: Selection) -> int:
    """How many rows match a frozen selection's filters today that did not when it was frozen."""
    if selection.frozen_ids is None or selection.mode != "query":
        return 0
    key = lists.key_of(selection.noun)
    return _still_selected(selection).exclude(**{f"{key}__in": selection.frozen_ids}).order_by().count()


def size(*, selection: Selection) -> int:
    """How many rows are selected."""
    return resolve(selection=selection).order_by().count()


def accounts_of(*, rows: QuerySet, organization: Organization) -> QuerySet[Client]:
    """The clients to whom those rows of a list belong, each once."""
    if rows.model is Client:
        return Client.objects.filter(pk__in=rows.order_by().values("pk"))
    return Client.objects.for_organization(organization).filter(account__in=rows.order_by().values("account"))


def _still_selected(selection: Selection) -> QuerySet:
    organization, noun = selection.organization, selection.noun
    if selection.mode == "ids":
        return lists.of_ids(noun, _members(selection, "ids"), organization)
    rows = lists.matching(
        noun, selection.query, organization=organization, can=_can(organization, selection.created_by)
    )
    return rows.exclude(**{f"{lists.key_of(noun)}__in": selection.excluded_ids})


def _members(selection: Selection, column: str) -> QuerySet:
    # The database reads the numbers from the selection itself: a hundred thousand of them never travel.
    members = Func(F(column), function="unnest")
    return Selection.objects.filter(pk=selection.pk).annotate(member=members).values("member")


def _keys(noun: str, rows: QuerySet) -> QuerySet:
    return rows.order_by().values_list(lists.key_of(noun), flat=True)


def _mine(organization: Organization, by: User, noun: str, query: str, now: dt.datetime) -> Selection:
    _take_turn(organization, by)
    selection = live(organization=organization, by=by, noun=noun, now=now)
    if selection is None or (selection.mode == "query" and selection.query != query):
        return Selection(organization=organization, created_by=by, noun=noun)
    return selection


def _take_turn(organization: Organization, by: User) -> None:
    # Two quick clicks are two requests: without a turn each, the second would write over the first.
    StaffMembership.objects.select_for_update(no_key=True).get(organization=organization, user=by)


def _can(organization: Organization, by: User) -> Callable[[str], bool]:
    membership = StaffMembership.objects.get(organization=organization, user=by)
    return partial(roles.allows, membership.role)


def _refuse_too_many(noun: str, chosen: int) -> None:
    if chosen <= settings.SELECTION_LIMIT:
        return
    limit = formats.count(settings.SELECTION_LIMIT)
    if noun == "people":
        raise Refused(_("You can select up to %(limit)s people at a time. Narrow the filters.") % {"limit": limit})
    raise Refused(_("You can select up to %(limit)s accounts at a time. Narrow the filters.") % {"limit": limit})
