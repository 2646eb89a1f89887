"""Rendered pictures in the form of the shared sets, for machines where the photos do not lie beside the project."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path

from PIL import Image

from training.demo import scenes

# name: its classes, how many pictures, and into how many rows and columns of scenes each is divided
SETS = {"raccoon": (("raccoon",), 60, 1), "bccd": (("RBC", "WBC", "Platelets"), 40, 3)}
FIRST_SEED = 500


def write_sets(folder: Path) -> Path:
    """Each set as folder/NAME/images/ and folder/NAME/annotations.json (COCO), its objects given to its classes in
    turn.
    """
    for name, (classes, count, grid) in SETS.items():
        _write(folder / name, classes, count, grid)
    return folder


def _write(folder: Path, classes: tuple[str, ...], count: int, grid: int) -> None:
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    category = cycle(range(1, len(classes) + 1))
    for number in range(1, count + 1):
        scene = _crowd(FIRST_SEED + number * grid * grid, grid)
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


def _crowd(seed: int, grid: int) -> scenes.Scene:
    """A scene of grid x grid smaller ones."""
    if grid == 1:
        return scenes.render(seed)
    width, height = (side // grid for side in scenes.SIZE)
    canvas, boxes = Image.new("RGB", (width * grid, height * grid)), []
    for place in range(grid * grid):
        scene = scenes.render(seed + place)
        left, top = place % grid * width, place // grid * height
        canvas.paste(scene.image.resize((width, height)), (left, top))
        for x1, y1, x2, y2 in scene.boxes:
            boxes.append((left + x1 / grid, top + y1 / grid, left + x2 / grid, top + y2 / grid))
    return scenes.Scene(canvas, boxes)
