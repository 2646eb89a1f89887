"""The training set of a run: copies of people's images with their boxes, in a folder that the trainer may do with as it
likes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import cv2
import numpy as np

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.core.boxes import as_boxes, clip
from training.engine.tuning.finetune import TrainingSetSettings
from training.engine.vision import images as pictures
from training.protocol.errors import BadImage, NoShots
from training.protocol.job import Job, JobImage


@dataclass(frozen=True, slots=True)
class Pseudo:
    """What the engine itself is sure of in an image that no person labelled.

    sure: (class id, xyxy) of boxes to train on. unsure: (n, 4) regions that teach nothing: they are painted grey, since
    Ultralytics has no label for "ignore".
    """

    image: JobImage
    sure: tuple[tuple[int, tuple[float, float, float, float]], ...]
    unsure: FloatArray


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Where the copies lie and what they hold. own_validation: no image of the validation set is trained on."""

    yaml: Path
    class_ids: list[int]
    names: list[str]
    train_images: int
    validation_images: int
    boxes: int
    pseudo_boxes: int
    own_validation: bool


def build(
    job: Job, usable: set[int], folder: Path, pseudo: Sequence[Pseudo], settings: TrainingSetSettings,
    more: Sequence[str] = ()
) -> TrainingSet:  # fmt: skip
    """Writes copies, labels and the YAML that names them; validation holds people's boxes only. Raises NoShots.

    more: names of classes that the detector has after the project's; no picture has a label of them.
    """
    class_ids = list(job.classes)
    chosen = [image for image in job.images if image.id in usable and _is_training(image, set(class_ids))]
    boxes = sum(_count(image, class_ids) for image in chosen)
    if not boxes:
        raise NoShots("There is no box to train a detector on.")
    train, validation = split(chosen, class_ids, job.seed, settings)
    for part, several in (("train", train), ("val", validation)):
        (folder / "images" / part).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / part).mkdir(parents=True, exist_ok=True)
        for image in several:
            grey = as_boxes([region.xyxy for region in image.regions if region.class_id in class_ids])
            _copy(image, _own(image, class_ids), grey, class_ids, folder / "images" / part, settings.longest_side)
    for one in pseudo:
        _copy(one.image, one.sure, one.unsure, class_ids, folder / "images" / "train", settings.longest_side)
    holds = {image.id: [class_id for class_id, _ in _own(image, class_ids)] for image in train}
    holds |= {one.image.id: [class_id for class_id, _ in one.sure] for one in pseudo}
    listed = [
        f"./images/train/{image_id}.png"
        for image_id, count in repeats(holds, settings.most_repeats).items()
        for _ in range(count)
    ]
    (folder / "train.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    names = [job.classes[class_id] for class_id in class_ids]
    yaml = folder / "data.yaml"
    named = "".join(f"  {index}: {json.dumps(name)}\n" for index, name in enumerate([*names, *more]))
    yaml.write_text(
        f"path: {json.dumps(str(folder))}\ntrain: train.txt\nval: images/val\nnames:\n{named}", encoding="utf-8"
    )
    own = not {image.id for image in train} & {image.id for image in validation}
    guessed = sum(len(one.sure) for one in pseudo)
    return TrainingSet(yaml, class_ids, names, len(train) + len(pseudo), len(validation), boxes, guessed, own)


def repeats(holds: Mapping[int, Sequence[int]], most_repeats: int) -> dict[int, int]:
    """How often each image is shown per epoch: images of rare classes more often (LVIS, Gupta et al.

    2019, section 4.1).
    """
    counts = Counter(class_id for classes in holds.values() for class_id in set(classes))
    most = max(counts.values(), default=1)
    return {
        image_id: min(max((round(sqrt(most / counts[one])) for one in classes), default=1), most_repeats)
        for image_id, classes in holds.items()
    }


def split(
    images: Sequence[JobImage], class_ids: Sequence[int], seed: int, settings: TrainingSetSettings
) -> tuple[list[JobImage], list[JobImage]]:
    """Training and validation images: those that people put into the validation split, else some by lot; too few serve
    as both, which an event says.
    """
    given = [image for image in images if image.split == "val"]
    others = [image for image in images if image.split != "val"]
    if any(_count(image, class_ids) for image in given) and any(_count(image, class_ids) for image in others):
        return others, given
    order = [images[index] for index in np.random.default_rng([seed, 5]).permutation(len(images))]
    with_boxes = [image for image in order if _count(image, class_ids)]
    if len(with_boxes) < settings.few_images:
        return order, with_boxes
    held = with_boxes[: max(round(len(with_boxes) * settings.validation), settings.least_held)]
    held_ids = {image.id for image in held}
    return [image for image in order if image.id not in held_ids], held


def _is_training(image: JobImage, class_ids: set[int]) -> bool:
    return any(box.class_id in class_ids for box in image.boxes) or class_ids <= image.complete_for


def _count(image: JobImage, class_ids: Sequence[int]) -> int:
    return sum(box.class_id in class_ids for box in image.boxes)


def _own(image: JobImage, class_ids: Sequence[int]) -> list[tuple[int, tuple[float, float, float, float]]]:
    return [(box.class_id, box.xyxy) for box in image.boxes if box.class_id in class_ids]


def _copy(
    image: JobImage, labels: Sequence[tuple[int, tuple[float, float, float, float]]], unsure: FloatArray,
    class_ids: Sequence[int], folder: Path, longest_side: int,
) -> None:  # fmt: skip
    try:
        pixels = pictures.decode(image.path)
    except BadImage:
        return
    pixels, scale = _shrunk(pixels, longest_side)
    height, width = pixels.shape[:2]
    xyxy = clip(as_boxes([edges for _, edges in labels]) * np.float32(scale), (width, height))
    pixels = painted(pixels, clip(unsure * np.float32(scale), (width, height)), xyxy)
    cv2.imwrite(str(folder / f"{image.id}.png"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    lines = [
        _line(class_ids.index(class_id), edges, width, height)
        for (class_id, _), edges in zip(labels, xyxy, strict=True)
        if edges[2] > edges[0] and edges[3] > edges[1]
    ]
    place = folder.parent.parent / "labels" / folder.name / f"{image.id}.txt"
    place.write_text("".join(lines), encoding="ascii")


def painted(pixels: ByteArray, grey: FloatArray, kept: FloatArray) -> ByteArray:
    """The picture with some regions grey, but for what lies inside the boxes that are kept."""
    if not len(grey):
        return pixels
    cover = np.zeros(pixels.shape[:2], dtype=bool)
    for boxes, value in ((grey, True), (kept, False)):
        for x1, y1, x2, y2 in np.round(boxes).astype(int):
            cover[y1:y2, x1:x2] = value
    return np.asarray(np.where(cover[:, :, None], np.uint8(pictures.GREY), pixels), dtype=np.uint8)


def _shrunk(pixels: ByteArray, longest_side: int) -> tuple[ByteArray, float]:
    scale = min(longest_side / max(pixels.shape[:2]), 1.0)
    if scale == 1.0:
        return pixels, 1.0
    size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _line(index: int, xyxy: FloatArray, width: int, height: int) -> str:
    x1, y1, x2, y2 = (float(edge) for edge in xyxy)
    middle = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height)
    size = ((x2 - x1) / width, (y2 - y1) / height)
    return f"{index} {middle[0]:.6f} {middle[1]:.6f} {size[0]:.6f} {size[1]:.6f}\n"
