"""The processor's news about saved methods: each is only a reason to look at what the object is now."""

import datetime as dt

from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.processor.registry import get_processor
from wallet.services import authorizing, finishing


def page_changed(*, session: str, now: dt.datetime) -> bool:
    """Someone completed the page, or it expired."""
    setup = SetupSession.objects.filter(processor_session=session).first()
    if setup is None:
        return False
    finishing.finish_setup(session_pk=setup.pk, now=now)
    return True


def mandate_changed(*, mandate: str, processor_account: str, now: dt.datetime) -> bool:
    """A debit agreement that ended takes the permission with it: no debit may follow."""
    about = Authorization.objects.granted().filter(processor_mandate=mandate, processor_account=processor_account)
    found = list(about.select_related("method__account", "organization", "client"))
    if found and not get_processor().is_agreed(mandate=mandate, processor_account=processor_account):
        for authorization in found:
            authorizing.revoke(authorization=authorization, by=None, now=now)
    return bool(found)


def method_changed(*, method: str, processor_account: str, now: dt.datetime) -> bool:
    """The bank renewed a card, or a method was detached outside our pages."""
    if processor_account:
        return _clone_changed(method, processor_account, now)
    ours = PaymentMethod.objects.active().filter(processor_method=method).first()
    if ours is None:
        return False
    found = get_processor().read_method(method=method, processor_account="")
    if found is None:
        PaymentMethod.objects.active().filter(pk=ours.pk).update(status="invalid")
    else:
        _renew(ours, found.last4, found.exp_month, found.exp_year)
    return True


def _clone_changed(method: str, processor_account: str, now: dt.datetime) -> bool:
    about = Authorization.objects.granted().filter(processor_method=method, processor_account=processor_account)
    authorization = about.select_related("method__account", "organization", "client").first()
    if authorization is None:
        return False
    found = get_processor().read_method(method=method, processor_account=processor_account)
    if found is None:
        authorizing.revoke(authorization=authorization, by=None, now=now)
    else:
        _renew(authorization.method, found.last4, found.exp_month, found.exp_year)
    return True


def _renew(method: PaymentMethod, last4: str, month: int | None, year: int | None) -> None:
    """A renewed card shows its new digits and expiry; old news never sets an expiry back."""
    if year and month and (year, month) > (method.exp_year or 0, method.exp_month or 0):
        PaymentMethod.objects.filter(pk=method.pk).update(last4=last4, exp_month=month, exp_year=year)
