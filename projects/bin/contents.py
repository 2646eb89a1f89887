"""What lies in an entry of the bin, in words, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _

from projects.bin.kinds import kinds
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


def waiting_words(entry: BinEntry) -> str:
    """What must be there before the rest of an entry can come back; "" where nothing waits."""
    if not entry.counts and not entry.waits_for:
        return ""
    names = _first_to_restore(entry)
    if names:
        return _("The rest comes back once this is restored: %(names)s.") % {"names": ", ".join(names)}
    return _("What it belongs to is gone for good, or has other rows of this kind by now.")


def _first_to_restore(entry: BinEntry) -> list[str]:
    """Other entries that hold what this one waits for, such as "class “cat”"."""
    found = {}
    for other in BinEntry.objects.filter(project=entry.project_id).exclude(pk=entry.pk):
        kind = kinds[other.kind]
        wanted = set(entry.waits_for.get(kind.model._meta.label, ()))
        images = set(entry.waits_for.get("projects.Image", ()))
        if wanted & set(other.numbers) or (images and other.images.filter(number__in=images).exists()):
            found[other.pk] = _("%(kind)s “%(name)s”") % {"kind": kind.title, "name": other.name}
    return list(found.values())
