"""What a project holds, in numbers: counted as it is asked while it is small, by the worker now and then once it is
large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django_q.tasks import async_task

from annotations import queries
from annotations.answers import Answers
from annotations.flags import Flag
from annotations.models import OBJECTS, Box, Complete, LabelClass, Origin, Suggestion
from annotations.outcome import DECIDED, outcome
from projects.models import Image, Project, ProjectFigures

JOB = "annotations.statistics.recount"
SMALL_IMAGES, SMALL_BOXES = 2_000, 5_000  # up to here a count takes a few milliseconds
MAX_AGE = timedelta(minutes=1)
DAYS = 30
COUNTED = Q(boxes__flags__lt=Flag.IGNORE)  # boxes of a class, as OBJECTS has them
State = Suggestion.State


@dataclass(frozen=True, slots=True)
class ClassFigures:
    boxes: int = 0
    images: int = 0
    complete: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """New boxes of one day, by where they came from."""

    day: date
    drawn: int = 0
    accepted: int = 0
    imported: int = 0


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people said of one day's suggestions, as Answers has it."""

    day: date
    kept: int = 0
    adjusted: int = 0
    renamed: int = 0
    wrong: int = 0
    unseen: int = 0

    @property
    def answers(self) -> Answers:
        return Answers(self.kept, self.adjusted, self.renamed, self.wrong, self.unseen)


@dataclass(frozen=True, slots=True)
class Figures:
    """labelled: images with a box. complete: images that are complete for every class in use (one with a box or a
    complete image). untouched: neither box nor word of anybody.

    days: the last 30, oldest first, empty ones left out. decisions: every day that had any, oldest first.
    counted_at: None for a count of this moment.
    """

    images: int = 0
    labelled: int = 0
    complete: int = 0
    untouched: int = 0
    boxes: int = 0
    pending: int = 0
    classes: dict[int, ClassFigures] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    days: tuple[Day, ...] = ()
    decisions: tuple[Decisions, ...] = ()
    counted_at: datetime | None = None
    missing: bool = False

    @property
    def begun(self) -> int:
        return self.images - self.complete - self.untouched


def figures_of(project: Project) -> Figures:
    """The numbers of a project, never by a long count: those of a large one may be a minute old, and say so.

    How many suggestions wait is counted in any case: nobody likes to be told of work that is done.
    """
    kept = ProjectFigures.objects.filter(project=project).first()
    if is_small(project):
        if kept is not None:  # of a time when it was large
            kept.delete()
        return count(project)
    _ask_if_old(project, kept)
    if kept is None or kept.counted_at is None:
        return Figures(images=project.images.count(), missing=True, **_pending(project))
    return _unpack(kept.data, counted_at=kept.counted_at, **_pending(project))


def class_rows(project: Project) -> list[dict[str, Any]]:
    """Each class with its boxes, images, complete images and pending suggestions."""
    return rows_of(list(project.classes.order_by("position", "id")), figures_of(project))


def rows_of(classes: list[LabelClass], figures: Figures) -> list[dict[str, Any]]:
    return [
        {"label": label, "pending": figures.waiting.get(label.pk, 0)}
        | asdict(figures.classes.get(label.pk, ClassFigures()))
        for label in classes
    ]


def project_counts(ids: list[int]) -> dict[int, dict[str, int]]:
    """Images, those with a box or a word of anybody, boxes and pending suggestions of each project, in four queries.

    Of large projects what the worker counted last (recount): they are told to a minute or so.
    """
    found = {pk: {"images": 0, "begun": 0, "boxes": 0, "pending": 0} for pk in ids}
    kept = ProjectFigures.objects.filter(project__in=ids, counted_at__isnull=False).values_list("project", "data")
    large = {pk: {name: data[name] for name in ("images", "boxes", "pending")} for pk, data in kept}
    for pk, figures in large.items():
        found[pk] |= figures
    found |= {pk: found[pk] | {"begun": data["images"] - data["untouched"]} for pk, data in kept}
    small = found.keys() - large.keys()
    for pk, n in Image.objects.filter(project__in=small).order_by().values_list("project").annotate(n=Count("pk")):
        found[pk]["images"] = n
    of_page = Project.objects.filter(pk__in=small).order_by()
    # By its classes a project's boxes and suggestions are counted in their indexes alone: no row is looked at.
    counted = Q(classes__boxes__flags__lt=Flag.IGNORE)
    boxes = {
        "boxes": Count("classes__boxes__label", filter=counted),
        "begun": Count("classes__boxes__image", distinct=True),
    }
    for row in of_page.annotate(**boxes).values("pk", *boxes):
        found[row.pop("pk")] |= row
    boxed = Box.objects.filter(image=OuterRef("image"))
    empty = Complete.objects.filter(~Exists(boxed), label__project__in=small).order_by().values_list("label__project")
    for pk, n in empty.annotate(n=Count("image", distinct=True)):
        found[pk]["begun"] += n
    waiting = of_page.filter(classes__suggestions__state="pending")
    for pk, n in waiting.values_list("pk").annotate(n=Count("classes__suggestions__label")):
        found[pk]["pending"] = n
    return found


def sizes(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Images and boxes of each project; of large ones as the worker counted them last, told to a minute or so."""
    kept = ProjectFigures.objects.filter(project__in=ids, counted_at__isnull=False).values_list("project", "data")
    found = {pk: (data["images"], data["boxes"]) for pk, data in kept}
    small = [pk for pk in ids if pk not in found]
    if not small:
        return found
    images = Image.objects.filter(project__in=small).order_by().values_list("project").annotate(n=Count("pk"))
    boxes = (
        Box.objects.filter(OBJECTS, label__project__in=small)
        .order_by()
        .values_list("label__project")
        .annotate(n=Count("label"))
    )
    drawn, there = dict(boxes), dict(images)
    return found | {pk: (there.get(pk, 0), drawn.get(pk, 0)) for pk in small}


def is_small(project: Project) -> bool:
    """Two questions that cost the same for any project."""
    images = Image.objects.filter(project=project).order_by()[: SMALL_IMAGES + 1].count()
    return images <= SMALL_IMAGES and _boxes(project)[: SMALL_BOXES + 1].count() <= SMALL_BOXES


def recount(project_id: int) -> None:
    """The worker's part: counts and keeps. Two at once keep the same."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        return
    now = timezone.now()
    data = asdict(count(project))
    ProjectFigures.objects.update_or_create(project=project, defaults={"data": _pack(data), "counted_at": now})


def _ask_if_old(project: Project, kept: ProjectFigures | None) -> None:
    """Puts one count into the queue, however many people look."""
    now = timezone.now()
    if kept is None:
        kept, _made = ProjectFigures.objects.get_or_create(project=project)
    if kept.counted_at and now - kept.counted_at < MAX_AGE:
        return
    unasked = Q(asked_at=None) | Q(asked_at__lt=now - MAX_AGE)
    if ProjectFigures.objects.filter(unasked, pk=kept.pk).update(asked_at=now):
        async_task(JOB, project.pk, task_name=f"figures {project.pk}")


# --- counting ---------------------------------------------------------------------------------------------------------
def count(project: Project) -> Figures:
    """All of it, in seven questions however many classes there are."""
    classes = _per_class(project)
    images = Image.objects.filter(project=project)
    untouched = queries.untouched(images).order_by().values("pk")
    counts = images.aggregate(all=Count("pk"), untouched=Count("pk", filter=Q(pk__in=untouched)))
    return Figures(
        images=counts["all"],
        labelled=_boxes(project).values("image").distinct().count(),
        complete=_complete_for_all([pk for pk, one in classes.items() if one.boxes or one.complete]),
        untouched=counts["untouched"],
        boxes=sum(found.boxes for found in classes.values()),
        classes=classes,
        days=tuple(_days(project)),
        decisions=tuple(_decisions(project)),
        **_pending(project),
    )


def _boxes(project: Project) -> QuerySet[Box]:
    return Box.objects.filter(OBJECTS, label__project=project).order_by()


def _per_class(project: Project) -> dict[int, ClassFigures]:
    labels = LabelClass.objects.filter(project=project).order_by()
    boxes = {
        row["pk"]: row
        for row in labels.annotate(
            n=Count("boxes", filter=COUNTED), images=Count("boxes__image", filter=COUNTED, distinct=True)
        ).values("pk", "n", "images")
    }
    complete = dict(labels.annotate(n=Count("complete")).values_list("pk", "n"))
    return {pk: ClassFigures(row["n"], row["images"], complete.get(pk, 0)) for pk, row in boxes.items()}


def _pending(project: Project) -> dict[str, Any]:
    waiting = Suggestion.objects.filter(label__project=project, state=State.PENDING).order_by()
    found = dict(waiting.values_list("label").annotate(n=Count("pk")))
    return {"waiting": found, "pending": sum(found.values())}


def _complete_for_all(classes: Sequence[int]) -> int:
    """Images that are complete for each of `classes`: a class that nobody uses yet makes nothing undone."""
    if not classes:
        return 0
    marks = Complete.objects.filter(label__in=classes).order_by().values("image").annotate(n=Count("pk"))
    return marks.filter(n__gte=len(classes)).count()


def _days(project: Project) -> Iterator[Day]:
    """Boxes that are there, by the day they were made: what was undone or deleted since is no work done."""
    names = {Origin.PERSON: "drawn", Origin.SUGGESTION: "accepted", Origin.IMPORT: "imported"}
    made = _boxes(project).filter(created_at__gte=timezone.now() - timedelta(days=DAYS))
    found: dict[date, dict[str, int]] = {}
    for day, origin, n in made.values_list(TruncDate("created_at"), "origin").annotate(n=Count("pk")):
        found.setdefault(day, {})[names[Origin(origin)]] = n
    return (Day(day, **found[day]) for day in sorted(found))


def _decisions(project: Project) -> Iterator[Decisions]:
    decided = Suggestion.objects.filter(DECIDED, label__project=project, decided_at__isnull=False).order_by()
    found: dict[date, Counter[str]] = {}
    for day, word, n in decided.values_list(TruncDate("decided_at"), outcome()).annotate(n=Count("pk")):
        found.setdefault(day, Counter())[word] += n
    return (Decisions(day, **found[day]) for day in sorted(found))


# --- keeping ----------------------------------------------------------------------------------------------------------
def _pack(data: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON; `waiting` and `pending` are counted anew at every look at the project, but the list of projects has
    them from here.
    """
    kept = {name: value for name, value in data.items() if name not in {"waiting", "counted_at", "missing"}}
    for name in ("days", "decisions"):
        kept[name] = [row | {"day": row["day"].isoformat()} for row in kept[name]]
    return kept


def _unpack(data: dict[str, Any], **more: Any) -> Figures:
    typed = {
        "classes": {int(pk): ClassFigures(**row) for pk, row in data["classes"].items()},
        "days": tuple(Day(**row | {"day": date.fromisoformat(row["day"])}) for row in data["days"]),
        "decisions": tuple(Decisions(**row | {"day": date.fromisoformat(row["day"])}) for row in data["decisions"]),
    }
    return Figures(**data | typed | more)
