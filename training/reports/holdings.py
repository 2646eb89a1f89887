"""What a project holds: boxes of each class, and bytes on disk."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext as _

from annotations.models import OBJECTS, Box, Export, LabelClass
from annotations.statistics import class_rows
from projects.models import Image, Project
from training.models import ModelVersion
from training.reports.period import Period

SAMPLED = 50  # thumbnails whose sizes stand for all: no row says how large one is


@dataclass(frozen=True, slots=True)
class Balance:
    label: LabelClass
    boxes: int
    share: float
    bar: float


def balance(project: Project, period: Period) -> list[Balance]:
    """Boxes that there are now, whatever the days."""
    narrowed = period.images("image__")
    if narrowed:
        boxes = Box.objects.filter(OBJECTS, narrowed, label__project=project).order_by()
        counts = dict(boxes.values_list("label").annotate(n=Count("label")))
        rows = [(label, counts.get(label.pk, 0)) for label in project.classes.order_by("position", "id")]
    else:
        rows = [(row["label"], row["boxes"]) for row in class_rows(project)]
    whole, most = sum(n for _label, n in rows), max((n for _label, n in rows), default=0)
    return [Balance(label, n, n / whole if whole else 0.0, 100 * n / most if most else 0.0) for label, n in rows]


def storage(project: Project) -> list[tuple[str, int, int]]:
    """What, how many files, how many bytes; thumbnails by a sample."""
    images = Image.objects.filter(project=project).aggregate(n=Count("pk"), size=Sum("bytes"))
    models = ModelVersion.objects.filter(project=project).aggregate(n=Count("pk"), size=Sum("bytes"))
    exports = Export.objects.filter(project=project, bytes__gt=0).aggregate(n=Count("pk"), size=Sum("bytes"))
    return [
        (_("Images"), images["n"], images["size"] or 0),
        (_("Thumbnails (by a sample)"), images["n"], round(_thumbnail(project) * images["n"])),
        (_("Models"), models["n"], models["size"] or 0),
        (_("Exports"), exports["n"], exports["size"] or 0),
    ]


def _thumbnail(project: Project) -> float:
    """Mean bytes of thumbnails, of some that lie evenly between the first image and the last."""
    ends = Image.objects.filter(project=project).aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return 0.0
    step = max(1, (ends["last"] - ends["first"]) // SAMPLED)
    wanted = range(ends["first"], ends["last"] + 1, step)
    rows = Image.objects.filter(project=project, pk__in=list(wanted)).values_list("thumb", flat=True)
    sizes = [default_storage.size(name) for name in rows if name and default_storage.exists(name)]
    return sum(sizes) / len(sizes) if sizes else 0.0
