"""The images that a run learns from and fills, and those that it is only measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet

from annotations.models import EXAMPLES, Box, Complete
from annotations.work.rules import settled
from projects.models import Dataset, Image, Project


def images_to_measure(project: Project) -> QuerySet[Image]:
    """The test split: what runs find there is compared with people's boxes, and teaches nothing."""
    return project.images.filter(split=Image.Split.TEST)


def learnable(project: Project) -> QuerySet[Image]:
    """All images that are neither in the test split nor near-copies of one that is."""
    copied = images_to_measure(project).filter(group=OuterRef("group"))
    return project.images.exclude(split=Image.Split.TEST).filter(~Exists(copied))


def trusted(project: Project) -> QuerySet[Image]:
    """Those whose boxes a run learns from: with a workflow the final ones, and those that are in no job."""
    return settled(project, learnable(project))


@dataclass(frozen=True, slots=True)
class TestSplit:
    """What the test split holds: images, and by class boxes and complete images."""

    __test__ = False  # no test of pytest's

    images: int = 0
    boxes: Mapping[int, int] = field(default_factory=dict)
    complete: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> TestSplit:
        """In one query where there is none."""
        images = images_to_measure(project)
        count = images.count()
        return (
            cls(count, *(_by_class(rows, images) for rows in (Box.objects.filter(EXAMPLES), Complete.objects.all())))
            if count
            else cls()
        )


def _by_class(rows: QuerySet[Box] | QuerySet[Complete], images: QuerySet[Image]) -> dict[int, int]:
    counts = rows.filter(image__in=images).order_by().values_list("label").annotate(n=Count("pk"))
    return dict(counts.values_list("label", "n"))


def scope_images(project: Project, dataset: Dataset | None, images: Sequence[int] | None) -> QuerySet[Image]:
    """The images that a run is to fill: those named, or a dataset's, or the whole project's; never the test split."""
    found = learnable(project)
    if images is not None:
        return found.filter(pk__in=images)
    return found.filter(dataset=dataset) if dataset else found
