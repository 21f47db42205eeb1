"""A client file between the moment it is brought and the moment someone says yes to what it would do."""

import datetime as dt
import json
import zlib

from django.db import transaction

from accounts.models import Organization, User
from registration.households import understand
from registration.models import Upload
from registration.services import importing
from registration.services.import_plan import BAD, CHANGED, NEW, UNCHANGED, Plan
from smartrec.sheets import Sheet, read

KEPT = dt.timedelta(days=7)


def receive(*, organization: Organization, name: str, content: bytes, by: User, now: dt.datetime) -> Upload:
    """Keep a file for review, without any card number it held; refuse one that cannot be read at all."""
    sheet = read(name, content)
    understand(sheet, on=now.date())
    Upload.objects.filter(created_at__lt=now - KEPT).delete()
    packed = zlib.compress(json.dumps(sheet.as_list(), ensure_ascii=False).encode())
    return Upload.objects.create(
        organization=organization, created_by=by, name=name[-200:], content=packed, created_at=now
    )


def sheet_of(upload: Upload) -> Sheet:
    return Sheet.from_list(json.loads(zlib.decompress(upload.content)))


@transaction.atomic
def import_upload(*, upload: Upload, skip_bad: bool, by: User, on: dt.date, now: dt.datetime) -> Plan | None:
    """Import a reviewed file, once: whoever confirms second, or twice, changes nothing and is told nothing new."""
    if not Upload.objects.filter(pk=upload.pk).move("imported", imported_at=now):
        return None
    drawn = importing.import_clients(
        organization=upload.organization,
        sheet=sheet_of(upload),
        name=upload.name,
        skip_bad=skip_bad,
        by=by,
        on=on,
        now=now,
    )
    counts = {outcome: drawn.count(outcome) for outcome in (NEW, CHANGED, UNCHANGED, BAD)}
    Upload.objects.filter(pk=upload.pk).update(counts=counts)
    return drawn
