"""Verified pictures as images of a dataset: files first, then all rows in one short transaction."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from projects.bin.actions import bring_pictures_back
from projects.images import duplicates, pictures
from projects.models import Dataset, Event, Image, User
from projects.webhooks.emit import emit


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that did not go in, and why; or, among notes, what was done to one that did."""

    file: str
    code: str
    detail: str

    @classmethod
    def of(cls, file: str, error: pictures.PictureError) -> Problem:
        return cls(file, error.code, explain(error.code, **error.data))

    def as_dict(self) -> dict[str, str]:
        return {"file": self.file, "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A picture that waits to be stored, by the name it shall have; origin: how its source calls it."""

    name: str
    picture: pictures.Picture
    origin: str = ""


@dataclass(slots=True)
class StoreResult:
    """What became of some pictures."""

    added: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def explain(code: str, **data: object) -> str:
    """The sentence for a reason code."""
    sentences = {
        "empty": _("The file is empty."),
        "not_image": _("This is not an image that LabelHub reads (JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or TIFF)."),
        "heif_unread": _("This is a HEIC image, which this server cannot read: its library is not installed."),
        "broken": _("The image is damaged: it could not be decoded to its end."),
        "too_many_pixels": _("The image has %(megapixels)s megapixels; the limit is %(limit)s."),
        "too_large": _("The file has %(mb)s MB; the limit is %(limit)s MB."),
        "duplicate": _("This picture is in the dataset already, as “%(name)s”."),
        "restored": _("This picture lay in the bin: it is back, with its labels."),
        "unsafe_path": _("The path inside the zip leads outside of it."),
        "zip_no_name": _("The file inside the zip has no name that can be used."),
        "zip_empty": _("There is nothing in it."),
        "zip_link": _("The file inside the zip is a link, and links are not followed."),
        "zip_same_name": _("The zip holds another file of this name."),
        "zip_ratio": _("The file unpacks to more than %(ratio)s times its size."),
        "zip_encrypted": _("The file inside the zip is encrypted."),
        "zip_broken": _("The zip is damaged."),
        "zip_nested": _("A zip in a zip in a zip stays shut: pack it less deep."),
        "zip_too_many": _("The zip holds more than %(limit)s files."),
        "zip_too_large": _("The zip unpacks to more than %(limit)s MB."),
        "labels_unread": _(
            "Files that may hold labels (%(count)s) were passed over: labels are not read from zips yet."
        ),
        "names_decoded": _("The names in this zip do not say how they are written; they were read as %(encoding)s."),
        "flattened": _("Some pictures let the background through: those parts lie on white now."),
        "internal": _("LabelHub failed here (%(error)s). The administrator finds more in the log."),
        "gave_up": _("The worker died over this zip %(times)s times, so it was given up."),
    }
    return sentences[code] % data


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in last if char.isprintable())[-200:] or "image"


def decode(name: str, data: bytes, origin: str = "") -> DecodedPicture:
    """Verifies bytes, without a word to the database. Raises PictureError."""
    return DecodedPicture(name, pictures.read(data, max_pixels=settings.UPLOAD_MAX_PIXELS), origin)


def store(
    actor: User | None,
    dataset: Dataset,
    decoded: Sequence[DecodedPicture],
    also: Callable[[StoreResult], None] | None = None,
) -> StoreResult:
    """Puts pictures into a dataset, each once. `also` is called in the same transaction, with what came of them.

    One that lies in the bin comes back from there, with its labels, where the person may restore.

    Where somebody adds the same picture at the same moment, all is looked at once more.
    """
    back = bring_pictures_back(actor, dataset, [one.picture.sha256 for one in decoded])
    waiting, copies = _new_ones(dataset, decoded, back)
    images = [_image(actor, dataset, one) for one in waiting]
    try:
        with transaction.atomic():
            stored = StoreResult(Image.objects.bulk_create(images), copies)
            if also:
                also(stored)
            if images:
                ids = {"dataset": dataset.pk, "images": [image.pk for image in images]}
                emit(dataset.project_id, Event.IMAGES_ADDED, ids)
            # Once they are there for others to see. Should it fail, the sweep catches up.
            transaction.on_commit(lambda: duplicates.compare(images), robust=True)
    except IntegrityError:
        for image in images:
            image.file.delete(save=False)
            image.thumb.delete(save=False)
        again, _copies = _new_ones(dataset, waiting)
        if len(again) == len(waiting):  # something else than a copy
            raise
        return store(actor, dataset, decoded, also)
    return stored


def _new_ones(
    dataset: Dataset, decoded: Sequence[DecodedPicture], back: Container[str] = ()
) -> tuple[list[DecodedPicture], list[Problem]]:
    """Pictures that the dataset does not hold, and a problem for each other one. back: which came out of the bin."""
    hashes = [one.picture.sha256 for one in decoded]
    names = dict(dataset.images.filter(sha256__in=hashes).values_list("sha256", "name"))
    new, problems = [], []
    for one in decoded:
        twin = names.get(one.picture.sha256)
        if twin is None:
            names[one.picture.sha256] = one.name
            new.append(one)
        else:
            code = "restored" if one.picture.sha256 in back else "duplicate"
            problems.append(Problem(one.origin or one.name, code, explain(code, name=twin)))
    return new, problems


def _image(actor: User | None, dataset: Dataset, one: DecodedPicture) -> Image:
    """An image whose files are stored and whose row is not yet."""
    picture = one.picture
    waves, edges = picture.look or (None, None)
    image = Image(
        project_id=dataset.project_id,
        dataset=dataset,
        name=one.name,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.content),
        waves=waves,
        edges=edges,
        uploaded_by=actor,
    )
    image.file.save(f"original.{picture.extension}", ContentFile(picture.content), save=False)
    image.thumb.save("thumb.jpg", ContentFile(picture.thumb), save=False)
    return image
