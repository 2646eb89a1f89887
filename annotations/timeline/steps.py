"""The steps of an image's timeline: what one person did to it in one save, and the versions that were made between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Max, Min, QuerySet, Value, When

from annotations.history import OFFERS, SPLITS, TALK, WORK
from annotations.models import BoxHistory, DatasetVersion
from projects.models import Image, User

UPLOADED = "uploaded"  # what the first step is called, which no row of history tells
SAVE = ("version", "actor", "alone")


@dataclass(frozen=True, slots=True)
class Deed:
    """How often something was done to one class, which is None where it is about none or about one that is gone.
    class_name: as it was called then.
    """

    verb: str
    label: int | None
    class_name: str
    count: int


@dataclass(slots=True)
class Step:
    """moment: the last row of it. version: of the image, after it. kept: versions of the project that hold the image as
    it was then.
    """

    moment: int
    at: datetime
    version: int
    actor: User | None
    deeds: list[Deed]
    kept: list[DatasetVersion] = field(default_factory=list)


def saves_of(image: Image) -> QuerySet[Any, Any]:
    """One row for each save of the image, and for each comment, move to a split and step of a job, which count no
    version up: {version, actor, alone, moment, first, at}.
    """
    alone = Case(
        When(verb__in=TALK | SPLITS | WORK, then=F("id")), When(verb__in=OFFERS, then=Value(-1)), default=Value(0)
    )
    rows = BoxHistory.objects.filter(image_number=image.pk).order_by().values("version", "actor", alone=alone)
    return rows.annotate(moment=Max("id"), first=Min("id"), at=Max("at"))


def steps_of(image: Image, page: Sequence[dict[str, Any]], *, to_the_end: bool) -> list[Step]:
    """The steps of a page of saves, newest first. to_the_end: the page is the last one, and the upload follows. Four
    queries at most.
    """
    deeds = _deeds(image, page)
    people = User.objects.in_bulk({row["actor"] for row in page} - {None})
    steps = [
        Step(row["moment"], row["at"], row["version"], people.get(row["actor"]), deeds[_save(row)]) for row in page
    ]
    if to_the_end:
        steps.append(Step(0, image.created_at, 1, image.uploaded_by, [Deed(UPLOADED, None, "", 1)]))
    _add_versions(image, steps)
    return steps


def _save(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in SAVE)


def _deeds(image: Image, page: Sequence[dict[str, Any]]) -> dict[tuple[Any, ...], list[Deed]]:
    found: dict[tuple[Any, ...], list[Deed]] = defaultdict(list)
    if page:
        ends = (min(row["first"] for row in page), max(row["moment"] for row in page))
        rows = saves_of(image).filter(id__range=ends).values(*SAVE, "verb", "label", "label_name")
        for row in rows.annotate(n=Count("id"), first=Min("id")).order_by("first"):
            found[_save(row)].append(Deed(row["verb"], row["label"], row["label_name"], row["n"]))
    return found


def _add_versions(image: Image, steps: Sequence[Step]) -> None:
    """Each to the last step before it. By the clock: what was saved in the same second may be said of the wrong
    side.
    """
    if not steps:
        return
    made = DatasetVersion.objects.filter(
        project=image.project_id, reason=DatasetVersion.Reason.MADE, made_at__gte=steps[-1].at
    )
    newer = BoxHistory.objects.filter(image_number=image.pk, id__gt=steps[0].moment).order_by("id").first()
    if newer is not None:
        made = made.filter(made_at__lt=newer.at)
    for version in made.defer("blocks", "figures").order_by("-made_at"):
        step = next(step for step in steps if step.at <= version.made_at)
        step.kept.append(version)
