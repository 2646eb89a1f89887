"""Exports packed as Label Studio packs them, so that scripts find in a zip what they look for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from annotations.formats import LabelSource, Member, coco, yolo
from annotations.formats.folders import pieces
from annotations.formats.table import FORMATS


def _coco(labelled: LabelSource) -> Iterator[Member]:
    yield Member("result.json", pieces(coco.write(labelled)))


def _yolo(labelled: LabelSource) -> Iterator[Member]:
    yield from yolo.write(labelled)
    names = list(labelled.classes)
    yield Member("classes.txt", ("".join(f"{name}\n" for name in names).encode(),))
    notes = {"categories": [{"id": place, "name": name} for place, name in enumerate(names)]}
    yield Member("notes.json", (json.dumps(notes, ensure_ascii=False).encode(),))


_PACKED = {
    "JSON": FORMATS["label_studio"],
    "COCO": replace(FORMATS["coco"], members=_coco, text=None),
    "YOLO": replace(FORMATS["yolo"], members=_yolo),
    "VOC": FORMATS["voc"],
    "CSV": FORMATS["csv"],
}
WITH_IMAGES = {f"{key}_WITH_IMAGES": _PACKED[key] for key in ("COCO", "YOLO")}
TYPES = _PACKED | WITH_IMAGES
