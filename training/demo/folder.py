"""`python -m training.demo.folder mushrooms`: the demo's pictures as files, and the boxes of the first few in a COCO
file, for whoever tries things without photos of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from annotations.formats import coco
from annotations.formats.types import LabelledBox, LabelledImage, LabelledSet
from training.demo import scenes

PICTURES, LABELLED, SEED = 24, 8, 141


def write_folder(folder: Path, pictures: int = PICTURES, labelled: int = LABELLED, seed: int = SEED) -> None:
    """photos/*.jpg, labels.json of the first ones, and new.jpg, which is in neither."""
    photos = folder / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    images = []
    for number in range(pictures):
        scene = scenes.render(seed + number)
        name = f"mushrooms-{number + 1:02d}.jpg"
        scene.image.save(photos / name, quality=88)
        boxes = tuple(LabelledBox(scenes.CLASS_NAME, box) for box in scene.boxes)
        images.append(LabelledImage(name, *scene.image.size, boxes, id=number + 1))
    found = LabelledSet((scenes.CLASS_NAME,), tuple(images[:labelled]))
    (folder / "labels.json").write_text("".join(coco.write(found)), "utf-8")
    scenes.render(seed + pictures).image.save(folder / "new.jpg", quality=88)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--labelled", type=int, default=LABELLED)
    given = parser.parse_args(arguments)
    write_folder(given.folder, given.pictures, given.labelled)


if __name__ == "__main__":
    main()
