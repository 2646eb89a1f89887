"""Where a person was at work in a project: the image that they changed last, and the list that they walked."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from annotations.models import BoxHistory
from projects.models import Project, User

KEY = "lists"  # of the session: what the editor's address keeps from image to image, by project
MOST_LISTS = 20


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An image by name, and the editor's address for it in its list."""

    name: str
    url: str


def remember_list(request: HttpRequest, project: Project, search: str) -> None:
    """Writes the session where the list is another one, not at each image."""
    known = request.session.get(KEY, {})
    if known.get(str(project.pk), "") != search:
        kept = [(key, one) for key, one in known.items() if key != str(project.pk)]
        request.session[KEY] = dict([*kept[1 - MOST_LISTS :], (str(project.pk), search)])


def last_place(request: HttpRequest, user: User, project: Project) -> Whereabouts | None:
    """None for who has changed nothing here, or nothing that is still there."""
    # By the image's project: so the database goes by the person's own rows, the newest first.
    rows = BoxHistory.objects.filter(actor=user, image__project=project).order_by("-id").select_related("image")
    row = rows.first()
    if row is None or row.image is None:
        return None
    search = str(request.session.get(KEY, {}).get(str(project.pk), ""))
    return Whereabouts(row.image.name, reverse("editor", args=[row.image.pk]) + search)
