"""What each kind of notification says, and how it looks: the one table of kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Notification, NotificationKind


@dataclass(frozen=True, slots=True)
class Look:
    """icon: of the list (its names are listed in templates/projects/notifications.html)."""

    icon: str
    sentence: Callable[[Notification], str]


def _values(row: Notification) -> dict[str, Any]:
    return {"who": row.actor or _("Somebody"), "n": row.count, "about": row.about}


def _assigned(row: Notification) -> str:
    if not row.about:
        return ngettext("%(who)s gave you %(n)d image", "%(who)s gave you %(n)d images", row.count) % _values(row)
    words = ngettext(
        "%(who)s gave you %(n)d image in the job “%(about)s”",
        "%(who)s gave you %(n)d images in the job “%(about)s”",
        row.count,
    )
    return words % _values(row)


def _returned(row: Notification) -> str:
    words = ngettext(
        "%(who)s returned %(n)d image of the job “%(about)s”",
        "%(who)s returned %(n)d images of the job “%(about)s”",
        row.count,
    )
    return words % _values(row)


def _mentioned(row: Notification) -> str:
    return _("%(who)s mentioned you on %(about)s") % _values(row)


def _group(row: Notification) -> str:
    return _("%(who)s brought you in by the group “%(about)s”") % _values(row)


def _run(row: Notification) -> str:
    words = _("The run %(about)s failed") if row.failed else _("The run %(about)s is done")
    return words % _values(row)


def _import(row: Notification) -> str:
    words = _("The import of %(about)s failed") if row.failed else _("The import of %(about)s is done")
    return words % _values(row)


def _export(row: Notification) -> str:
    words = _("The export %(about)s failed") if row.failed else _("The export %(about)s is ready")
    return words % _values(row)


LOOKS: dict[str, Look] = {
    NotificationKind.ASSIGNED: Look("clipboard-list", _assigned),
    NotificationKind.RETURNED: Look("undo-2", _returned),
    NotificationKind.MENTIONED: Look("at-sign", _mentioned),
    NotificationKind.GROUP: Look("users", _group),
    NotificationKind.RUN_FINISHED: Look("sparkles", _run),
    NotificationKind.IMPORT_FINISHED: Look("upload", _import),
    NotificationKind.EXPORT_FINISHED: Look("download", _export),
}


def sentence(row: Notification) -> str:
    """In the language that is active."""
    return LOOKS[row.kind].sentence(row)


def address(row: Notification) -> str:
    """The path that it leads to; "" where a page of this name is no more."""
    try:
        return reverse(row.page, args=row.args) + row.suffix
    except NoReverseMatch:
        return ""
