"""What an import would do, said before anything is written. As plain JSON, which the page, the API and the command
show.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.conf import settings

from annotations.attributes import by_class, united
from annotations.classes.actions import LONGEST_NAME, can_be_made
from annotations.formats import LabelledImage, LabelledSet
from annotations.imports import notices
from annotations.imports.notices import Row
from annotations.imports.pictures import known_by_hash
from annotations.imports.source import Source
from annotations.models import LabelClass
from projects.hashing import sha256_of_bytes
from projects.images.pictures import PictureError, is_cut_short, read
from projects.models import Dataset

NAMED = 20  # missing pictures that are named
MOST_TAGS = 100  # that an import makes
AT_ONCE = 50  # pictures that are looked up by one question

Tick = Callable[[int, int], None]  # done, of all


def preview_of(source: Source, dataset: Dataset, tick: Tick) -> dict[str, Any]:
    """format: key and title, "" for pictures alone. images: how many of the labelled ones are new, here already, or
    missing; unlabelled: pictures that no label names and that are not here. left_out: boxes outside their pictures.
    partial_images: those that miss a box, and are not marked complete. classes: with what each would become. complete:
    images that the file calls so.
    """
    labels = list(dataset.project.classes.all())
    placed = source.placed
    unlabelled, missing = placed.unlabelled, placed.missing
    broken: set[str] = set()
    new = set(_new(source, dataset, [*(place.path for _image, place in placed.pairs), *unlabelled], tick, broken))
    pairs = [(image, place) for image, place in placed.pairs if place.path not in broken]
    fitting = [image for image, _place in pairs]
    splits = Counter(image.split for image in fitting if image.split)
    return {
        "format": source.format.key if source.format else "",
        "title": source.format.title if source.format else "",
        "model": source.labelled.model,
        "images": {
            "labelled": len(pairs) + len(missing),
            "new": sum(place.path in new for _image, place in pairs),
            "here": sum(place.path not in new for _image, place in pairs),
            "missing": len(missing),
            "unlabelled": sum(path in new for path in unlabelled),
        },
        "missing": missing[:NAMED],
        "boxes": sum(len(image.boxes) for image in fitting),
        "predictions": sum(len(image.predictions) for image in fitting),
        "left_out": placed.lost,
        "partial_images": sum(bool(image.left_out) for image in fitting),
        "classes": _classes(source.labelled, fitting, labels),
        "attributes": _attributes(source.labelled, fitting),
        "tags": list(dict.fromkeys(tag for image in fitting for tag in image.tags))[:MOST_TAGS],
        "complete": sum(image.complete is True and not image.left_out for image in fitting),
        "splits": {split: splits[split] for split in ("train", "val", "test") if splits[split]},
    }


def brings_nothing(preview: Mapping[str, Any]) -> bool:
    """Whether an import would change nothing: no box finds its picture, and no picture would be new or be labelled."""
    images = preview["images"]
    return not (preview["boxes"] or preview["predictions"] or images["new"] or images["here"] or images["unlabelled"])


def notices_of(source: Source) -> list[Row]:
    """What was found out about the whole of it."""
    found = [notices.of_format(notice) for notice in source.labelled.notices]
    if source.format is None:
        found.append(notices.row(notices.NO_LABELS))
    if source.others and source.format:
        titles = ", ".join(format.title for format in source.others)
        found.append(notices.row(notices.OTHER_LABELS, others=titles, taken=source.format.title))
    found += source.placed.notices
    for name in source.labelled.classes:
        if not can_be_made(name):
            found.append(notices.row(notices.NO_CLASS_NAME, name=name, most=LONGEST_NAME))
    if source.archive.others:
        found.append(notices.row(notices.PASSED_OVER, n=source.archive.others))
    if source.archive.encoding:
        found.append({"file": "", "line": None, "code": "names_decoded", "data": {"encoding": source.archive.encoding}})
    return found


def class_like(name: str, labels: Sequence[LabelClass]) -> LabelClass | None:
    """The class of that name, or else the one whose name differs in case, spaces or Unicode form alone."""
    exact = [label for label in labels if label.name == name]
    alike = [label for label in labels if _plain(label.name) == _plain(name)]
    return exact[0] if exact else alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _classes(
    labelled: LabelledSet, images: Sequence[LabelledImage], labels: Sequence[LabelClass]
) -> list[dict[str, Any]]:
    boxes = Counter(box.label for image in images for box in image.boxes)
    predictions = Counter(box.label for image in images for box in image.predictions)
    found = []
    by_number = {label.number: label for label in labels} if labelled.by_number else {}
    for name, number in zip(labelled.classes, labelled.class_ids, strict=True):
        label = by_number.get(number) or class_like(name, labels)
        row = {"name": name, "boxes": boxes[name], "predictions": predictions[name]}
        found.append(row | {"class": label.pk if label else None, "can_be_made": can_be_made(name)})
    return found


def _attributes(labelled: LabelledSet, images: Sequence[LabelledImage]) -> dict[str, list[Row]]:
    """What boxes of each of the file's classes say, as rows of attributes: described by the file, or seen by the
    values.
    """
    values = ((box.label, box.attributes) for image in images for box in image.boxes if box.attributes)
    seen = by_class((), values)
    names = dict.fromkeys((*labelled.attributes, *seen))
    found = {name: united(labelled.attributes.get(name, ()), seen.get(name, ())) for name in names}
    return {name: [one.row() for one in some] for name, some in found.items() if some}


def _new(source: Source, dataset: Dataset, paths: Sequence[str | None], tick: Tick, broken: set[str]) -> Iterator[str]:
    """Those of the archive's pictures whose bytes the project does not have. broken: gets those that cannot be read."""
    wanted = iter([path for path in paths if path is not None])
    total, done = sum(path is not None for path in paths), 0
    while part := list(islice(wanted, AT_ONCE)):
        hashes = {path: sha256 for path in part if (sha256 := _hash(source, path))}
        broken.update(path for path in part if path not in hashes)
        known = known_by_hash(dataset, list(hashes.values()))
        yield from (path for path, sha256 in hashes.items() if sha256 not in known)
        done += len(part)
        tick(done, total)


def _hash(source: Source, path: str) -> str | None:
    try:
        data = source.archive.pictures[path].read_bytes()
        if is_cut_short(data):
            read(data, max_pixels=settings.UPLOAD_MAX_PIXELS)
        return sha256_of_bytes(data)
    except PictureError as error:
        source.problems.append(notices.of_picture(path, error))
        return None
