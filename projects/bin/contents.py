"""What lies in an entry of the bin, in words, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _

from projects.models import BinEntry

# Labels of the models that people know; what else hangs on them is not counted. Filled as the apps start.
counted: list[str] = ["projects.Image"]


def kept_until(deleted_at: datetime | None) -> datetime | None:
    return deleted_at and deleted_at + timedelta(days=settings.BIN_DAYS)


def words(entry: BinEntry) -> str:
    """Such as "3 images, 12 boxes"."""
    found = []
    for label in counted:
        if n := entry.counts.get(label, 0):
            meta = apps.get_model(label)._meta
            what = meta.verbose_name if n == 1 else meta.verbose_name_plural
            found.append(_("%(n)d %(things)s") % {"n": n, "things": what})
    return ", ".join(found)
