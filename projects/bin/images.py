"""Images and datasets in the bin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.bin import filling, placing
from projects.bin.files import drop_after_commit
from projects.bin.kinds import Kind, kinds, nothing_to_check
from projects.bin.placing import Fit, RestoreResult
from projects.errors import Conflict
from projects.models import BinEntry, BinImage, Dataset, Image, JoinedImage
from projects.models.webhooks import Event
from projects.webhooks.emit import emit

AT_ONCE = 25  # images in one transaction: each takes its boxes, suggestions and comments along


def register() -> None:
    kinds["image"] = Kind(gettext_lazy("Images"), "image", Image, _image_parts, _check_datasets)
    kinds["dataset"] = Kind(gettext_lazy("Dataset"), "folder", Dataset, _dataset_parts, nothing_to_check)
    placing.adopt[Image] = _adopt_images
    placing.fits[Image] = _fit_images
    placing.fits[Dataset] = _fit_datasets


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
    BinImage.objects.bulk_create(
        BinImage(entry=entry, number=pk, dataset=dataset, sha256=sha256)
        for pk, dataset, sha256 in found.values_list("pk", "dataset", "sha256")
    )
    filling.part(entry, found)


def _check_datasets(entry: BinEntry) -> None:
    """Raises Conflict where the dataset of an image lies in the bin, too, or no dataset is there to take it."""
    wanted = set(entry.images.values_list("dataset", flat=True))
    wanted -= set(Dataset.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for other in entry.project.bin.filter(kind="dataset") if wanted else ():
        if set(other.numbers) & wanted:
            words = _("The dataset “%(name)s” lies in the bin, too: restore it first.") % {"name": other.name}
            raise Conflict(words, code="dataset_deleted")
    if wanted and not Dataset.objects.filter(project=entry.project_id).exists():
        raise Conflict(_("The dataset of these images is gone for good: make a dataset first."), code="no_dataset")


def _adopt_images(rows: list[Image]) -> None:
    """Into the project's first dataset where their own is gone for good."""
    there = set(Dataset.objects.filter(pk__in={row.dataset_id for row in rows}).values_list("pk", flat=True))
    if stray := [row for row in rows if row.dataset_id not in there]:
        first = Dataset.objects.filter(project=stray[0].project_id).order_by("pk").first()
        for row in stray:
            row.dataset_id = first.pk if first else row.dataset_id


def _fit_images(rows: list[Image], _so_far: RestoreResult) -> Fit:
    """Where the same picture is there again, all that belonged to the one belongs to the other."""
    fit, gone = Fit(), []
    there = Image.objects.filter(dataset__in={row.dataset_id for row in rows}, sha256__in={row.sha256 for row in rows})
    taken = {(dataset, sha256): pk for pk, dataset, sha256 in there.values_list("pk", "dataset", "sha256")}
    for row in rows:
        twin = taken.setdefault((row.dataset_id, row.sha256), row.pk)
        if twin == row.pk:
            fit.rows.append(row)
        else:
            fit.joined[row.pk] = twin
            gone += [(file.storage, str(file.name)) for file in (row.file, row.thumb)]
    JoinedImage.objects.bulk_create(JoinedImage(number=number, image_id=pk) for number, pk in fit.joined.items())
    drop_after_commit(gone)
    return fit


def _fit_datasets(rows: list[Dataset], _so_far: RestoreResult) -> Fit:
    for row in rows:
        others = Dataset.objects.filter(project=row.project_id).values_list("name", flat=True)
        row.name = free_name(row.name, others, 120)
    return Fit(rows)


def free_name(name: str, taken: Iterable[str], longest: int) -> str:
    """The name, with a number behind it where others have it; at most `longest` characters."""
    there, free, n = set(taken), name, 2
    while free in there:
        tail = f" ({n})"
        free, n = name[: longest - len(tail)] + tail, n + 1
    return free
