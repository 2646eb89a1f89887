"""Images and datasets in the bin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.bin import filling, snapshot
from projects.bin.kinds import Kind, kinds, nothing_more, nothing_to_check
from projects.errors import Conflict
from projects.models import BinEntry, Dataset, Image
from projects.models.webhooks import Event
from projects.webhooks.emit import emit

AT_ONCE = 25  # images in one transaction: each takes its boxes, suggestions and comments along


def register() -> None:
    kinds["image"] = Kind(gettext_lazy("Images"), "image", _image_parts, _check_datasets, nothing_more)
    kinds["dataset"] = Kind(gettext_lazy("Dataset"), "folder", _dataset_parts, nothing_to_check, nothing_more)
    snapshot.fits[Image] = _fit_image
    snapshot.fits[Dataset] = _fit_dataset


def _image_parts(entry: BinEntry) -> Iterator[None]:
    left = list(entry.numbers)
    while left:
        _put_away(entry, left[:AT_ONCE])
        left = left[AT_ONCE:]
        yield


def _dataset_parts(entry: BinEntry) -> Iterator[None]:
    (pk,) = entry.numbers
    while images := list(Image.objects.filter(dataset=pk).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        _put_away(entry, images)
        yield
    with transaction.atomic():
        filling.part(entry, Dataset.objects.filter(pk=pk))
    yield


@transaction.atomic
def _put_away(entry: BinEntry, pks: list[int]) -> None:
    found = Image.objects.filter(project=entry.project_id, pk__in=pks)
    # Before their boxes and suggestions, as every writer locks them, so that none waits in a ring.
    list(found.select_for_update().order_by("pk").values_list("pk", flat=True))
    emit(entry.project_id, Event.IMAGES_DELETED, {"images": pks})
    filling.part(entry, found)


def _check_datasets(entry: BinEntry) -> None:
    """Raises Conflict where the dataset of an image lies in the bin, too: it must come first."""
    wanted = {pk for part in entry.parts.iterator() for pk in snapshot.values_of(bytes(part.data), Image, "dataset")}
    there = set(Dataset.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for other in entry.project.bin.filter(kind="dataset"):
        if set(other.numbers) & (wanted - there):
            words = _("The dataset “%(name)s” lies in the bin, too: restore it first.") % {"name": other.name}
            raise Conflict(words, code="dataset_deleted")


def _fit_image(row: Image) -> Image | None:
    """Into the project's first dataset where its own is gone for good; nowhere where the same picture is there again."""
    if not Dataset.objects.filter(pk=row.dataset_id).exists():
        first = Dataset.objects.filter(project=row.project_id).order_by("pk").first()
        if first is None:
            return None
        row.dataset_id = first.pk
    return None if Image.objects.filter(dataset=row.dataset_id, sha256=row.sha256).exists() else row


def _fit_dataset(row: Dataset) -> Dataset:
    row.name = free_name(row.name, Dataset.objects.filter(project=row.project_id).values_list("name", flat=True), 120)
    return row


def free_name(name: str, taken: Iterable[str], longest: int) -> str:
    """The name, with a number behind it where others have it; at most `longest` characters."""
    there, free, n = set(taken), name, 2
    while free in there:
        tail = f" ({n})"
        free, n = name[: longest - len(tail)] + tail, n + 1
    return free
