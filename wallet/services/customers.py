"""The processor's customer for an account: created when first needed, one in each processor account."""

from accounts.models import Account
from wallet.models import ProcessorCustomer
from wallet.processor import Processor


def customer_for(*, account: Account, processor_account: str, processor: Processor) -> str:
    """The customer's id in that processor account; two callers at once are given the same one by their common key."""
    known = ProcessorCustomer.objects.filter(account=account, processor_account=processor_account).first()
    if known is not None:
        return known.processor_id
    identifier = processor.ensure_customer(
        key=f"cu:{account.pk}:{account.created_at:%Y%m%d%H%M%S}",
        processor_account=processor_account,
        name=str(account),
        email=account.email,
        metadata={"account": str(account.pk)},
    )
    row, _created = ProcessorCustomer.objects.get_or_create(
        account=account, processor_account=processor_account, defaults={"processor_id": identifier}
    )
    return row.processor_id
