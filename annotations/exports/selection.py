"""The images of an export: a choice looked up in its project, and the rows that it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from annotations import named
from annotations.exports.choice import FINAL, NO_SPLIT, ExportChoice
from annotations.models import Box, Complete, LabelClass, Suggestion, WorkImage
from annotations.work.rules import in_state
from projects.models import Dataset, Image, Project


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice with what it names. classes: the chosen ones, in the project's order."""

    project: Project
    choice: ExportChoice
    classes: tuple[LabelClass, ...]
    dataset: Dataset | None = None

    @classmethod
    def of(cls, project: Project, choice: ExportChoice) -> Selection:
        """Raises Refusal where the project has no such class or dataset."""
        classes = named.classes(project, choice.classes, field="class")
        dataset = None if choice.dataset is None else named.dataset(project, choice.dataset)
        return cls(project, choice, tuple(classes), dataset)

    def with_unfinished(self, unfinished: bool) -> Selection:
        return replace(self, choice=replace(self.choice, unfinished=unfinished))

    def in_any_state(self) -> Selection:
        return replace(self, choice=replace(self.choice, state="", unfinished=True))

    def images(self) -> QuerySet[Image]:
        """In no order."""
        choice = self.choice
        rows = Image.objects.filter(project=self.project)
        if choice.dataset is not None:
            rows = rows.filter(dataset=choice.dataset)
        if choice.split:
            rows = rows.filter(split="" if choice.split == NO_SPLIT else choice.split)
        if choice.since:
            rows = rows.filter(created_at__gte=_midnight(choice.since))
        if choice.until:
            rows = rows.filter(created_at__lt=_midnight(choice.until + timedelta(days=1)))
        boxes = self.boxes().filter(image=OuterRef("pk"))
        if choice.author is not None:
            rows = rows.filter(Exists(boxes.filter(author=choice.author)))
        if choice.state == FINAL:
            return rows.filter(in_state(WorkImage.State.FINAL))
        if choice.state == "suggestions":
            rows = rows.filter(Exists(self.suggestions().filter(image=OuterRef("pk"))))
        elif choice.state:
            rows = rows.filter(Exists(boxes) if choice.state == "boxes" else ~Exists(boxes))
        return rows if choice.unfinished else complete_for(rows, self.in_use())

    def boxes(self) -> QuerySet[Box]:
        """Of the classes, in any image."""
        return Box.objects.filter(label__in=[label.pk for label in self.classes]).order_by()

    def suggestions(self) -> QuerySet[Suggestion]:
        """Those of the classes that wait and are probable enough, in any image."""
        return Suggestion.objects.filter(
            label__in=[label.pk for label in self.classes],
            state=Suggestion.State.PENDING,
            probability__gte=self.choice.min_probability,
        ).order_by()

    def in_use(self) -> list[int]:
        """Ids of the chosen classes that an image must be complete for: one that nobody has drawn or called complete
        anywhere makes nothing undone.
        """
        chosen = [label.pk for label in self.classes]
        boxes, marks = (model.objects.filter(label=OuterRef("pk")) for model in (Box, Complete))
        used = LabelClass.objects.filter(Exists(boxes) | Exists(marks), pk__in=chosen).order_by()
        return list(used.values_list("pk", flat=True)) or chosen


def complete_for(images: QuerySet[Image], classes: Sequence[int]) -> QuerySet[Image]:
    """Those of the images that are complete for each of the classes.

    It counts image by image, each in its index: one list of all that are complete would be made anew for each batch.
    """
    marks = Complete.objects.filter(image=OuterRef("pk"), label__in=classes).order_by().values("image")
    return images.alias(marks=Subquery(marks.annotate(n=Count("pk")).values("n"))).filter(marks=len(classes))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
