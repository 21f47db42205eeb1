"""The processor's news about saved methods: each is only a reason to look at what the object is now."""

import datetime as dt

from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.processor.registry import get_processor
from wallet.services import authorizing, disabling, finishing, renewing

# The holder forbade one organization's debits at the bank; the account itself is well.
NOT_TO_THEM = frozenset({"debit_not_authorized"})


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
    """The bank renewed or blocked a method, or it was detached outside our pages."""
    if processor_account:
        return _clone_changed(method, processor_account, now)
    ours = PaymentMethod.objects.active().filter(processor_method=method).select_related("account").first()
    if ours is None:
        return False
    processor = get_processor()
    found = processor.read_method(method=method, processor_account="")
    if found is None:
        disabling.disable(method=ours, reason="detached", now=now)
    elif found.blocked:
        disabling.disable(method=ours, reason=found.blocked, now=now)
    else:
        renewing.hear(method=ours, found=found, processor=processor, now=now)
    return True


def _clone_changed(method: str, processor_account: str, now: dt.datetime) -> bool:
    about = Authorization.objects.granted().filter(processor_method=method, processor_account=processor_account)
    authorization = about.select_related("method__account", "organization", "client").first()
    if authorization is None:
        return False
    processor = get_processor()
    found = processor.read_method(method=method, processor_account=processor_account)
    if found is None or found.blocked in NOT_TO_THEM:
        authorizing.revoke(authorization=authorization, by=None, now=now)
    elif found.blocked:
        disabling.disable(method=authorization.method, reason=found.blocked, now=now)
    else:
        renewing.hear(method=authorization.method, found=found, processor=processor, now=now)
    return True
