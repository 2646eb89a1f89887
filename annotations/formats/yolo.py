"""YOLO (Ultralytics) label folders, written: data.yaml, lists of the splits, labels/*.txt beside images/*."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from zlib import crc32

import yaml

from annotations.formats.types import SPLITS, LabelledImage, LabelSource, Member
from annotations.formats.yolo_data import MADE_UP
from annotations.formats.yolo_folder import has_boxes, label_path, read, recognise
from annotations.geometry import XYXY

__all__ = ["has_boxes", "is_val", "label_path", "read", "recognise", "write"]

VAL_EVERY = 10


def write(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names.

    Images without a split are for training. Where no image has one, about one in ten is for validation, chosen by its
    name, so that this stays when images are added. Boxes end at the edges of their image, since YOLO knows nothing
    beyond them. It has no flags: crowds and ignore regions are left out, lest they be learned as objects.
    """
    number = {name: position for position, name in enumerate(labelled.classes)}
    for image in labelled:
        objects = [box for box in image.boxes if not {"crowd", "ignore"} & {*box.flags}]
        lines = (f"{number[box.label]} {line}\n" for box in objects if (line := _line(box.xyxy, image)))
        yield Member(label_path(f"images/{image.name}"), ("".join(lines).encode(),))
    split_of = _split_rule(labelled)
    there = {"train"}
    made_up = True
    for image in labelled.heads():
        there.add(split_of(image))
        made_up = made_up and not image.split
    for split in SPLITS:
        if split in there:
            yield Member(f"{split}.txt", _lines(i.name for i in labelled.heads() if split_of(i) == split))
    data: dict[str, object] = {"train": "train.txt", "val": "val.txt" if "val" in there else "train.txt"}
    if "test" in there:
        data["test"] = "test.txt"
    if made_up:
        data |= [MADE_UP]
    data["names"] = {position: name for name, position in number.items()}
    yield Member("data.yaml", (yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode(),))


def is_val(name: str) -> bool:
    return crc32(name.encode()) % VAL_EVERY == 0


def _split_rule(labelled: LabelSource) -> Callable[[LabelledImage], str]:
    if any(image.split for image in labelled.heads()):
        return lambda image: image.split or "train"
    if len({is_val(image.name) for image in labelled.heads()}) < 2:
        return lambda image: "train"
    return lambda image: "val" if is_val(image.name) else "train"


def _line(xyxy: XYXY, image: LabelledImage) -> str:
    """Centre and size as parts of the image; 12 digits keep a box within 1e-7 px in an image 100,000 px wide.

    Nothing for a box that lies outside.
    """
    w, h = image.width, image.height
    x1, x2 = (min(max(value, 0.0), w) for value in xyxy[::2])
    y1, y2 = (min(max(value, 0.0), h) for value in xyxy[1::2])
    if x1 >= x2 or y1 >= y2:
        return ""
    return f"{(x1 + x2) / 2 / w:.12f} {(y1 + y2) / 2 / h:.12f} {(x2 - x1) / w:.12f} {(y2 - y1) / h:.12f}"


def _lines(names: Iterable[str]) -> Iterator[bytes]:
    rest = iter(names)
    while chunk := list(islice(rest, 1000)):
        yield "".join(f"./images/{name}\n" for name in chunk).encode()
