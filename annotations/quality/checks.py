"""Check images: complete images whose truth is known, mixed unmarked into people's jobs, and how people do on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotations.locking import BATCH
from annotations.models import Box, CheckImage, Complete, Replica, WorkJob
from annotations.quality.marks import Mark, Score, score
from annotations.work.rules import settled
from projects import audit, policies
from projects.errors import Refusal
from projects.models import Image, Project, User
from projects.policies import Action

MOST = 2000  # check images of a project


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a person's answer to a check image was worth."""

    person: int
    image: Image
    at: datetime
    score: Score


def make_checks(actor: User, project: Project, ids: Collection[int]) -> list[int]:
    """Marks complete images as checks; those of them that are complete for a class, and were none."""
    policies.require(actor, Action.JOBS, project)
    found = list(_able(project).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    _mark(actor, project, found)
    return found


def draw_checks(actor: User, project: Project, count: int, seed: int) -> list[int]:
    """Marks so many complete images as checks, chosen by chance among those that have boxes."""
    policies.require(actor, Action.JOBS, project)
    able = _able(project).filter(boxes__isnull=False).distinct().order_by("pk")
    ids = list(able.values_list("pk", flat=True))
    if not 1 <= count <= len(ids):
        words = _("There are %(n)d complete images with boxes that are no checks yet.")
        raise Refusal(words % {"n": len(ids)}, code="too_few", field="count")
    chosen = sorted(Random(seed).sample(ids, count))
    _mark(actor, project, chosen)
    return chosen


@transaction.atomic
def unmake_checks(actor: User, project: Project, ids: Collection[int]) -> int:
    """They are images like any other again; how many. Answers stay, and count as long as the image is a check."""
    policies.require(actor, Action.JOBS, project)
    count, _rows = CheckImage.objects.filter(image__project=project, image__in=ids).delete()
    audit.record(actor, "checks.unmade", project, project=project, count=count)
    return count


def checks_of(project: Project) -> QuerySet[CheckImage]:
    return CheckImage.objects.filter(image__project=project)


def checked(
    project: Project, since: datetime, *, person: int | None = None, images: QuerySet[Image] | None = None
) -> list[CheckAnswer]:
    """Every answer since then, the oldest first, against the truth as it is now; in five questions."""
    rows = Replica.objects.filter(
        item=None, job__project=project, state=Replica.State.SUBMITTED, submitted_at__gte=since,
        image__check_image__isnull=False,
    )  # fmt: skip
    if person is not None:
        rows = rows.filter(person=person)
    if images is not None:
        rows = rows.filter(image__in=images.values("pk"))
    answers = list(rows.select_related("image").order_by("submitted_at", "pk"))
    ids = {one.image_id for one in answers}
    true: dict[int, list[Mark]] = defaultdict(list)
    for box in Box.objects.filter(image__in=ids).order_by():
        true[box.image_id].append(Mark(box.label_id, box.xyxy, box.flags))
    complete: dict[int, set[int]] = defaultdict(set)
    for image, label in Complete.objects.filter(image__in=ids).values_list("image_id", "label_id"):
        complete[image].add(label)
    asked: dict[int, set[int]] = defaultdict(set)
    of_jobs = WorkJob.classes.through.objects.filter(workjob__in={one.job_id for one in answers})
    for job, label in of_jobs.values_list("workjob_id", "labelclass_id"):
        asked[job].add(label)
    found = []
    for one in answers:
        labels = complete[one.image_id] & asked[one.job_id] if one.job_id in asked else complete[one.image_id]
        worth = score(map(Mark.of_row, one.boxes), true[one.image_id], labels)
        if labels and one.submitted_at:
            found.append(CheckAnswer(one.person_id, one.image, one.submitted_at, worth))
    return found


def _able(project: Project) -> QuerySet[Image]:
    images = settled(project, Image.objects.filter(project=project, check_image=None))
    return images.filter(pk__in=Complete.objects.filter(image__project=project).values("image"))


def _mark(actor: User, project: Project, ids: Collection[int]) -> None:
    there = checks_of(project).count()
    if there + len(ids) > MOST:
        raise Refusal(_("A project has at most %(n)d check images.") % {"n": MOST}, field="count")
    listed = list(ids)
    for start in range(0, len(listed), BATCH):
        rows = [CheckImage(image_id=pk, made_by=actor) for pk in listed[start : start + BATCH]]
        CheckImage.objects.bulk_create(rows, ignore_conflicts=True)
    audit.record(actor, "checks.made", project, project=project, count=len(listed))
