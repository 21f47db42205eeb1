"""Document numbers without gaps or duplicates."""

from django.db.models import F

from accounts.models import Organization
from billing.models import NumberSeries


def take_numbers(*, organization: Organization, document: str, count: int) -> int:
    """Reserve `count` consecutive numbers and give the first. The row stays locked until the transaction ends,
    so numbers given back by a rollback are given out again."""
    series = NumberSeries.objects.filter(organization=organization, document=document)
    if not series.update(next_number=F("next_number") + count):
        NumberSeries.objects.bulk_create(
            [NumberSeries(organization=organization, document=document)], ignore_conflicts=True
        )
        series.update(next_number=F("next_number") + count)
    return series.get().next_number - count
