"""The page where what people labelled apart is settled: their boxes side by side, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from annotations.boxes.crops import window
from annotations.boxes.payloads import part_url
from annotations.geometry import XYXY
from annotations.models import LabelClass
from annotations.quality import settling
from annotations.quality.consensus import Group
from annotations.quality.marks import Mark
from annotations.quality.settling import NO_BOX, Apart
from annotations.work import queries, replicas
from projects import policies
from projects.models import User
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb


@dataclass(frozen=True, slots=True)
class Tile:
    """What one person says of a place. mark: None where the person has no box there."""

    person: User
    mark: Mark | None
    label: LabelClass | None

    @property
    def size(self) -> tuple[float, float]:
        x1, y1, x2, y2 = self.mark.xyxy if self.mark else (0, 0, 0, 0)
        return x2 - x1, y2 - y1


@dataclass(frozen=True, slots=True)
class Option:
    value: int
    label: LabelClass | None
    votes: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Dispute:
    """crop: the part of the image that `url` shows."""

    url: str
    crop: XYXY
    tiles: Sequence[Tile]
    options: Sequence[Option]

    @property
    def view(self) -> tuple[float, float, float, float]:
        x1, y1, x2, y2 = self.crop
        return x1, y1, x2 - x1, y2 - y1


@login_required
@require_safe
def settle(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    project, context = open_project(request, pk, "work", Action.REVIEW)
    found = queries.get_job(request.user, pk, job)
    waiting = settling.answered(found)
    disputed = [one for one in waiting if one.disputes]
    classes = {label.pk: label for label in project.classes.all()}
    first = disputed[0] if disputed else None
    context |= {
        "job": found,
        "agreed": len(waiting) - len(disputed),
        "disputed": len(disputed),
        "apart": first,
        "disputes": [_dispute(first, group, classes) for group in first.disputes] if first else [],
        "last": request.GET.get("undo", "") if request.GET.get("undo", "").isdecimal() else "",
        "crumb": _("Settle"),
    }
    return render(request, "annotations/settle.html", context)


def _dispute(apart: Apart, group: Group, classes: dict[int, LabelClass]) -> Dispute:
    image = apart.item.image
    x1, y1, x2, y2 = group.whole
    crop = window((x1, y1, x2, y2), image.width, image.height)
    tiles = []
    for person in apart.people:
        mark = group.marks.get(person.pk)
        tiles.append(Tile(person, mark, classes.get(mark.label) if mark else None))
    options = [
        Option(label, classes.get(label), votes, label == group.majority)
        for label, votes in group.votes
        if label in classes
    ]
    without = len(apart.people) - len(group.marks)
    return Dispute(
        part_url(image.pk, crop),
        crop,
        tiles,
        [*options, Option(NO_BOX, None, without, group.majority == NO_BOX)],
    )


@verb("work")
def settle_change(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    """do: image (what was chosen for one), agreed (all on which people agree) or undo (one)."""
    found, actor, do = queries.get_job(request.user, pk, job), actor_of(request), request.POST.get("do", "image")
    policies.require(actor, Action.REVIEW, found.project)
    page = reverse("work-settle", args=[pk, job])
    if do == "agreed":
        n = settling.settle_agreed(actor, found)
        messages.success(request, ngettext("%(n)d image is final.", "%(n)d images are final.", n) % {"n": n})
        return redirect(page)
    image = _number(request.POST.get("image", "")) or 0
    if do == "undo":
        settling.unsettle(actor, found.project, image)
        messages.success(request, _("The image waits to be settled again."))
        return redirect(page)
    chosen = {
        name.removeprefix("choice-"): _number(value) for name, value in request.POST.items() if name[:7] == "choice-"
    }
    choices = {int(place): value for place, value in chosen.items() if place.isdecimal() and value is not None}
    settling.settle(actor, found, image, choices)
    return redirect(f"{page}?undo={image}")


@verb("work")
def go_on(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    """Without who has yet to answer."""
    n = replicas.go_on(actor_of(request), queries.get_job(request.user, pk, job))
    words = ngettext("%(n)d image waits to be settled.", "%(n)d images wait to be settled.", n)
    messages.success(request, words % {"n": n})
    return redirect("work-job", pk, job)


def _number(value: str | object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
