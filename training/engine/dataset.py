"""The training set of a run: copies of people's images with their boxes, in a folder that the trainer may do with as it likes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.engine import images as pictures
from training.engine.errors import BadImage, NoShots
from training.engine.job import Job, JobImage
from training.engine.types import ByteArray, FloatArray, as_boxes, clip

LONGEST_SIDE = 1280
FEW_IMAGES = 8
VALIDATION_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Where the copies lie and what they hold. own_validation: no image of the validation set is trained on."""

    yaml: Path
    class_ids: list[int]
    names: list[str]
    train_images: int
    validation_images: int
    boxes: int
    own_validation: bool


def build(job: Job, usable: set[int], folder: Path) -> TrainingSet:
    """Writes copies, labels and the YAML that names them. Raises NoShots."""
    class_ids = list(job.classes)
    chosen = [image for image in job.images if image.id in usable and _teaches(image, set(class_ids))]
    boxes = sum(_count(image, class_ids) for image in chosen)
    if not boxes:
        raise NoShots("There is no box to train a detector on.")
    train, validation = split(chosen, class_ids, job.seed)
    for part, several in (("train", train), ("val", validation)):
        (folder / "images" / part).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / part).mkdir(parents=True, exist_ok=True)
        for image in several:
            _copy(image, class_ids, folder, part)
    names = [job.classes[class_id] for class_id in class_ids]
    yaml = folder / "data.yaml"
    listed = "".join(f"  {index}: {json.dumps(name)}\n" for index, name in enumerate(names))
    yaml.write_text(
        f"path: {json.dumps(str(folder))}\ntrain: images/train\nval: images/val\nnames:\n{listed}", encoding="utf-8"
    )
    own = not {image.id for image in train} & {image.id for image in validation}
    return TrainingSet(yaml, class_ids, names, len(train), len(validation), boxes, own)


def split(images: Sequence[JobImage], class_ids: Sequence[int], seed: int) -> tuple[list[JobImage], list[JobImage]]:
    """Training and validation images; too few images serve as both, which an event says."""
    order = [images[index] for index in np.random.default_rng([seed, 5]).permutation(len(images))]
    with_boxes = [image for image in order if _count(image, class_ids)]
    if len(with_boxes) < FEW_IMAGES:
        return order, with_boxes
    held = with_boxes[: max(round(len(with_boxes) * VALIDATION_SHARE), 2)]
    held_ids = {image.id for image in held}
    return [image for image in order if image.id not in held_ids], held


def _teaches(image: JobImage, class_ids: set[int]) -> bool:
    return any(box.class_id in class_ids for box in image.boxes) or class_ids <= image.complete_for


def _count(image: JobImage, class_ids: Sequence[int]) -> int:
    return sum(box.class_id in class_ids for box in image.boxes)


def _copy(image: JobImage, class_ids: Sequence[int], folder: Path, part: str) -> None:
    try:
        pixels = pictures.decode(image.path)
    except BadImage:
        return
    pixels, scale = _shrunk(pixels)
    height, width = pixels.shape[:2]
    cv2.imwrite(str(folder / "images" / part / f"{image.id}.png"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    own = [box for box in image.boxes if box.class_id in class_ids]
    xyxy = clip(as_boxes([box.xyxy for box in own]) * np.float32(scale), (width, height))
    lines = [
        _line(class_ids.index(box.class_id), edges, width, height)
        for box, edges in zip(own, xyxy, strict=True)
        if edges[2] > edges[0] and edges[3] > edges[1]
    ]
    (folder / "labels" / part / f"{image.id}.txt").write_text("".join(lines), encoding="ascii")


def _shrunk(pixels: ByteArray) -> tuple[ByteArray, float]:
    scale = min(LONGEST_SIDE / max(pixels.shape[:2]), 1.0)
    if scale == 1.0:
        return pixels, 1.0
    size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _line(index: int, xyxy: FloatArray, width: int, height: int) -> str:
    x1, y1, x2, y2 = (float(edge) for edge in xyxy)
    middle = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height)
    size = ((x2 - x1) / width, (y2 - y1) / height)
    return f"{index} {middle[0]:.6f} {middle[1]:.6f} {size[0]:.6f} {size[1]:.6f}\n"
