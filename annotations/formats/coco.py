"""COCO detection JSON, both ways. Boxes come back as the very floats that went in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any

from annotations.attributes import Attribute, united
from annotations.formats.addresses import picture_address, picture_name
from annotations.formats.coco_file import Annotation, CocoFile, Key, parse_file, text_of, to_xywh
from annotations.formats.coco_results import as_coco, is_numbered, is_results, parse_results
from annotations.formats.folders import Tree, pieces
from annotations.formats.numbers import pixels
from annotations.formats.reading import OUTLINES, ROTATED, Findings, Place
from annotations.formats.text import split_of_path, split_word
from annotations.formats.types import (
    SPLITS,
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    SizeOf,
    marked,
)

# COCO tells the same boxes once more for other tasks: instances_train.json beside person_keypoints_train.json.
_OTHER_TASK = re.compile(r"(?<![^/])(person_keypoints|stuff|panoptic|captions|labels|image_info)_(?=[^/]*$)")
_OBJECT = re.compile(r"\s*\{")


def members(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder, one for each split where there are splits; the images are the caller's, under
    images/.
    """
    splits = {image.split for image in labelled.heads()}
    if splits <= {""}:
        yield Member("annotations.json", pieces(write(labelled)))
        return
    for split in (*SPLITS, ""):
        if split in splits:
            own = _OfSplit(labelled, split)
            yield Member(f"annotations/instances_{split or 'default'}.json", pieces(write(own)))


def write(labelled: LabelSource) -> Iterator[str]:
    """The file in pieces. Memory stays flat: the images are gone through twice, for `images` and for `annotations`."""
    number = dict(zip(labelled.classes, labelled.class_ids, strict=True))
    categories: list[dict[str, Any]] = [
        {"id": id, "name": name, "supercategory": ""} | _asked(labelled.attributes.get(name, ()))
        for name, id in number.items()
    ]
    info: dict[str, Any] = {"description": labelled.description} if labelled.description else {}
    if labelled.date:
        info |= {"date_created": labelled.date.isoformat(), "year": labelled.date.year}
    yield f'{{"info": {_json(info)},\n"licenses": [],\n"categories": {_json(categories)},\n"images": ['
    comma = "\n"
    for position, image in enumerate(labelled.heads(), start=1):
        said: dict[str, Any] = {"split": image.split} if image.split else {}
        if image.complete is not None:
            said |= {"complete": image.complete}
        if image.tags:
            said |= {"tags": list(image.tags)}
        row = {"id": image.id or position, "file_name": image.name, "width": image.width, "height": image.height}
        yield comma + _json(row | said)
        comma = ",\n"
    yield '],\n"annotations": ['
    comma, serial = "\n", 0
    for position, image in enumerate(labelled, start=1):
        rows = []
        for box in image.boxes:
            serial += 1
            x, y, w, h = to_xywh(box.xyxy)
            crowd = int("crowd" in box.flags or "ignore" in box.flags)
            attributes = dict.fromkeys(box.flags, True) | dict(box.attributes)
            more = f', "attributes": {_json(attributes)}' if attributes else ""
            rows.append(
                f'{comma}{{"id": {serial}, "image_id": {image.id or position}, "category_id": {number[box.label]},'
                f' "bbox": [{x}, {y}, {w}, {h}], "area": {float(w) * float(h)!r}, "segmentation": [],'
                f' "iscrowd": {crowd}{more}}}'
            )
            comma = ",\n"
        if rows:
            yield "".join(rows)
    yield "]}\n"


def _asked(attributes: Sequence[Attribute]) -> dict[str, Any]:
    """Of a category: no other tool's COCO says it, and none minds."""
    return {"attributes": [one.row() for one in attributes]} if attributes else {}


def recognise(root: Traversable) -> bool:
    tree = Tree(root)
    return bool(_files(tree) or _results(tree))


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads all COCO files of a folder as one set. Raises FormatError(file, line, what).

    size_of: asked where the file does not say an image's size.
    """
    tree = Tree(root)
    files = _files(tree)
    if not files and not _results(tree):
        raise FormatError("annotations.json", None, marked("There is no COCO file here."))
    beside = [parse_file(tree.text(file), file) for file in files]
    results = [(file, parse_results(tree.text(file), file)) for file in _results(tree)]
    return _read(beside, results, tree, size_of)


def parse(text: str | bytes, *, file: str = "annotations.json") -> LabelledSet:
    """Reads one file. Raises FormatError(file, line, what)."""
    return _read([parse_file(text, file)], [], Tree(None), lambda name: None)


def _files(tree: Tree) -> list[str]:
    found = []
    for path in tree.named(".json"):
        try:
            text = tree.text(path)
        except FormatError:
            continue
        if _OBJECT.match(text) and '"images"' in text and '"categories"' in text:
            found.append(path)
    whole = {path for path in found if PurePosixPath(path).name.startswith("instances_")}
    return [path for path in found if _OTHER_TASK.sub("instances_", path) not in whole - {path}]


def _results(tree: Tree) -> list[str]:
    found = []
    for path in tree.named(".json"):
        with suppress(FormatError):
            if is_results(tree.text(path)):
                found.append(path)
    return found


def _read(
    beside: list[CocoFile], results: list[tuple[str, list[Annotation]]], tree: Tree, size_of: SizeOf
) -> LabelledSet:
    findings = Findings(tree.legacy)
    files = [*beside, *(as_coco(file, rows, beside, tree, size_of, findings) for file, rows in results)]
    images: dict[str, LabelledImage] = {}
    for found in files:
        for image in _images(found, tree, size_of, findings):
            name = image.name
            if name in images and images[name].split != image.split:
                name = f"{image.split or 'default'}/{name}"
            first = images.get(name)
            if first is None:
                images[name] = replace(image, name=name)
            elif first.id == image.id and (first.width, first.height) == (image.width, image.height):
                both = (first.boxes + image.boxes, first.predictions + image.predictions)  # another file, other classes
                images[name] = replace(first, boxes=both[0], predictions=both[1])
            else:
                what = marked("The image %(name)s is there twice.")
                findings.refuse(name, Place(found.file), what, {"name": name})
    classes, ids = _classes(files)
    attributes: dict[str, tuple[Attribute, ...]] = {}
    for found in files:
        for name, asked in found.attributes.items():
            attributes[name] = united(attributes.get(name, ()), asked)
    labelled = findings.labelled(classes, images.values(), ids, attributes=attributes)
    return replace(labelled, by_number=bool(results) and is_numbered(beside, tree))


def _classes(files: list[CocoFile]) -> tuple[list[str], list[int]]:
    """Names in order, and their ids where all files agree on whole ones; else none."""
    ids: dict[str, set[Key]] = {}
    for found in files:
        for id, name in found.categories.items():
            ids.setdefault(name, set()).add(id)
    numbers = [id for own in ids.values() for id in own if isinstance(id, int)]
    agreed = len(numbers) == len(set(numbers)) == len(ids) and all(len(own) == 1 for own in ids.values())
    return list(ids), numbers if agreed else []


def _images(found: CocoFile, tree: Tree, size_of: SizeOf, findings: Findings) -> Iterator[LabelledImage]:
    place = Place(found.file)
    names: dict[Key, str] = {}
    heads: dict[Key, LabelledImage] = {}
    split_of_file = split_of_path(PurePosixPath(found.file))
    for row, id, image in found.images:
        written = picture_name(text_of(image.get("file_name")))
        if not written and not found.rows:  # which is a problem already
            names[id] = row
            continue
        if not written:
            what = marked("%(row)s: “%(key)s” must be a text.")
            findings.refuse(row, place, what, {"row": row, "key": "file_name"})
            names[id] = row
            continue
        split = split_word(image.get("split")) or split_word(image.get("subset")) or split_of_file
        folders = (f"images/{split}", split) if split else ()
        names[id] = name = tree.picture(written, found.file, *folders) or written
        width, height = (pixels(image.get(key)) for key in ("width", "height"))
        if not (width and height):
            width, height = size_of(name) or (0, 0)
        complete = image.get("complete") if isinstance(image.get("complete"), bool) else None
        number = id if isinstance(id, int) else 0
        given = image.get("tags")
        tags = tuple(dict.fromkeys(filter(None, map(text_of, given)))) if isinstance(given, list) else ()
        heads[id] = LabelledImage(name, width, height, split=split, complete=complete, id=number, tags=tags)
        if address := picture_address(*(text_of(image.get(key)) for key in ("file_name", "coco_url", "flickr_url"))):
            heads[id] = replace(heads[id], address=address)
    boxes: dict[Key, list[LabelledBox]] = {id: [] for id in heads}
    for position, one in enumerate(found.annotations):
        at = {"row": f"{found.rows}[{position}]"}
        if one.image is None or one.image not in names:
            findings.refuse(
                "", place, marked("%(row)s: there is no image %(id)s."), {**at, "id": one.image}
            )  # fmt: skip
        elif one.category is None or one.category not in found.categories:
            what = marked("%(row)s: there is no category %(id)s.")
            findings.refuse(names[one.image], place, what, {**at, "id": one.category})
        elif one.what:
            findings.refuse(names[one.image], place, one.what, at)
        elif one.image in boxes:
            for reported, what in ((one.outlined, OUTLINES), (one.rotated, ROTATED)):
                if reported:
                    findings.tell(place, what, at)
            label = found.categories[one.category]
            boxes[one.image].append(LabelledBox(label, one.xyxy, one.score, one.flags, one.attributes))
    for id, head in heads.items():
        drawn = tuple(box for box in boxes[id] if box.score is None)
        yield replace(head, boxes=drawn, predictions=tuple(box for box in boxes[id] if box.score is not None))


@dataclass(frozen=True, slots=True)
class _OfSplit:
    """The images of one split."""

    labelled: LabelSource
    split: str

    @property
    def classes(self) -> list[str]:
        return list(self.labelled.classes)

    @property
    def class_ids(self) -> list[int]:
        return list(self.labelled.class_ids)

    @property
    def attributes(self) -> Mapping[str, Sequence[Attribute]]:
        return self.labelled.attributes

    @property
    def tags(self) -> Sequence[str]:
        return self.labelled.tags

    @property
    def description(self) -> str:
        return self.labelled.description

    @property
    def model(self) -> str:
        return self.labelled.model

    @property
    def date(self) -> datetime | None:
        return self.labelled.date

    def __iter__(self) -> Iterator[LabelledImage]:
        return (image for image in self.labelled if image.split == self.split)

    def heads(self) -> Iterator[LabelledImage]:
        return (image for image in self.labelled.heads() if image.split == self.split)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
