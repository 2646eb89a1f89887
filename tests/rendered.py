"""Rendered pictures in the form of the shared sets, for machines where the photos do not lie beside the project."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path

from training.demo import scenes

SETS = {"raccoon": (("raccoon",), 60), "bccd": (("RBC", "WBC", "Platelets"), 40)}
FIRST_SEED = 500


def write_sets(folder: Path) -> Path:
    """Each set as folder/NAME/images/ and folder/NAME/annotations.json (COCO), its objects given to its classes in turn."""
    for name, (classes, count) in SETS.items():
        _write(folder / name, classes, count)
    return folder


def _write(folder: Path, classes: tuple[str, ...], count: int) -> None:
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    category = cycle(range(1, len(classes) + 1))
    for number in range(1, count + 1):
        scene = scenes.render(FIRST_SEED + number)
        name = f"{folder.name}-{number:03d}.jpg"
        scene.image.save(folder / "images" / name, quality=90)
        images.append({"id": number, "file_name": name, "width": scene.image.width, "height": scene.image.height})
        for x1, y1, x2, y2 in scene.boxes:
            bbox = [x1, y1, x2 - x1, y2 - y1]
            row = {"id": len(annotations) + 1, "image_id": number, "category_id": next(category), "bbox": bbox}
            annotations.append(row | {"area": bbox[2] * bbox[3], "iscrowd": 0})
    coco = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": place, "name": name} for place, name in enumerate(classes, start=1)],
    }
    (folder / "annotations.json").write_text(json.dumps(coco), encoding="utf-8")
