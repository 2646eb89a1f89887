"""Looks up what the home page needs beside the figures: what is at work, what each class was taught, what waits for
whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.models import LabelClass
from annotations.statistics import ClassFigures, Figures
from projects.models import Import, Membership, Project, User
from projects.policies import ROLES, Action
from training.dashboard.next_step import ClassFacts, Facts
from training.models import ModelVersion, Run
from training.scope import TestSplit

NAMED = 3  # people by name; the rest by number
MEMBERS = 50


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Something that waits: an icon, what, where it is done, and who could do it."""

    icon: str
    what: str
    url: str
    who: list[str]
    more: int = 0


def gather(
    project: Project, classes: Sequence[LabelClass], figures: Figures, live: Sequence[Run], coming: bool
) -> Facts:
    learned_from, tests = _learned_from(project), TestSplit.of(project)
    of = {label.pk: figures.classes.get(label.pk, ClassFigures()) for label in classes}
    return Facts(
        images=figures.images,
        coming=coming,
        classes=tuple(
            ClassFacts(
                label.pk,
                label.name,
                boxes=of[label.pk].boxes - tests.boxes.get(label.pk, 0),
                open=figures.images - of[label.pk].complete - (tests.images - tests.complete.get(label.pk, 0)),
                learned_from=learned_from.get(label.pk),
            )
            for label in classes
        ),
        pending=figures.pending,
        decided=sum(day.answers.all for day in figures.decisions),
        begun=figures.begun,
        untouched=figures.untouched,
        # One that is stopping brings nothing any more: what it left undone can be started again at once.
        live=next((run.pk for run in live if run.state != Run.State.CANCELLING), None),
    )


def _learned_from(project: Project) -> dict[int, int]:
    """Boxes that the newest few-shot model of each class learned from."""
    newest = ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.FEWSHOT).order_by("-id")
    found: dict[int, int] = {}
    for classes, shots in newest.values_list("classes", "shots")[:500]:
        for entry in classes:
            found.setdefault(entry["id"], shots)
    return found


def coming_images(project: Project) -> Import | None:
    live = Import.objects.filter(dataset__project=project, state__in=[Import.State.QUEUED, Import.State.RUNNING])
    return live.order_by("id").first()


def live_runs(project: Project) -> list[Run]:
    """The oldest three; what is stopping comes last, so that it hides nothing that is at work."""
    stopping = Case(When(state=Run.State.CANCELLING, then=1), default=0)
    return list(Run.objects.filter(project=project, state__in=Run.LIVE).order_by(stopping, "id")[:3])


def waiting(project: Project, figures: Figures, me: User, can: frozenset[Action]) -> list[WaitingItem]:
    """What waits for whom, the person who asks first among them."""
    members = list(Membership.objects.filter(project=project).select_related("user").order_by("id")[:MEMBERS])
    found = []
    if figures.pending:
        n = figures.pending
        what = ngettext("%(n)s suggestion to review", "%(n)s suggestions to review", n) % {"n": f"{n:,}"}
        found.append(
            WaitingItem("list-checks", what, reverse("review", args=[project.pk]), *_who(members, Action.REVIEW, me))
        )
    if figures.untouched:
        n = figures.untouched
        what = ngettext("%(n)s image that nobody has labelled", "%(n)s images that nobody has labelled", n)
        url = reverse("next-image", args=[project.pk])
        found.append(WaitingItem("image", what % {"n": f"{n:,}"}, url, *_who(members, Action.LABEL, me)))
    last = Run.objects.filter(project=project).select_related("created_by").order_by("-id").first()
    if last is not None and last.state == Run.State.FAILED:
        what = _("Run #%(number)d failed and can be tried again") % {"number": last.number}
        who = [_name(last.created_by, me)] if last.created_by else []
        found.append(WaitingItem("circle-alert", what, reverse("run", args=[last.pk]), who))
    if Action.PEOPLE in can:
        links = list(project.invitations.usable().order_by("id").values_list("email", flat=True)[:MEMBERS])
        if links:
            n = len(links)
            what = ngettext("%(n)d invitation not used yet", "%(n)d invitations not used yet", n) % {"n": n}
            names = [email for email in links if email]
            url = reverse("project-settings", args=[project.pk]) + "#members"
            found.append(WaitingItem("mail", what, url, names[:NAMED], len(names[NAMED:])))
    return found


def _who(members: Sequence[Membership], action: Action, me: User) -> tuple[list[str], int]:
    able = [member.user for member in members if action in ROLES[member.role]]
    able.sort(key=lambda person: person != me)
    names = [_name(person, me) for person in able]
    return names[:NAMED], len(names[NAMED:])


def _name(person: User, me: User) -> str:
    return _("you") if person == me else str(person)
