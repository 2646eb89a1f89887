"""The values of a job: one run, as the worker asks the engine for it. job_file reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.protocol.limits import AIMS, BUDGETS, ENCODERS

XYXY = tuple[float, float, float, float]  # a box: left, top, right, bottom, in pixels of the upright image


@dataclass(frozen=True, slots=True)
class JobBox:
    """A box that a person drew or rejected, in pixels of the upright image."""

    id: int | None
    class_id: int
    xyxy: XYXY


@dataclass(frozen=True, slots=True)
class JobImage:
    """One image of the run with what people said about it. split: "val" where a detector is to be validated on it.

    regions: places of a class where nobody looks for single objects (crowds, ignore regions, shots that were left out):
    what lies mostly inside is neither an example nor a counter-example, and is not suggested. The rest of an image is
    as complete as `complete_for` says.
    """

    id: int
    path: Path
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    target: bool = True
    boxes: tuple[JobBox, ...] = ()
    rejected: tuple[JobBox, ...] = ()
    complete_for: frozenset[int] = frozenset()
    split: str = ""
    regions: tuple[JobBox, ...] = ()

    def regions_of(self, class_id: int) -> list[XYXY]:
        return [region.xyxy for region in self.regions if region.class_id == class_id]

    def shots_of(self, class_id: int) -> list[JobBox]:
        """People's boxes of a class in this image."""
        return [box for box in self.boxes if box.class_id == class_id]


@dataclass(frozen=True, slots=True)
class Augment:
    """How shots are varied in training."""

    rotate_deg: float = 0.0
    flip: bool = True
    brightness: float = 0.3
    noise: bool = True


@dataclass(frozen=True, slots=True)
class Train:
    """Whether and how a detector is fine-tuned on the shots. keep_base: it goes on knowing what it knew."""

    mode: str = "auto"
    epochs: int = 60
    image_size: int = 640
    base: str = "yolo26n"
    from_scratch_ok: bool = False
    keep_base: bool = False


@dataclass(frozen=True, slots=True)
class Detect:
    """Which detector runs, and what its classes are called here."""

    weights: str | None = None
    trained: Path | None = None
    trained_sha256: str | None = None
    conf: float = 0.25
    class_map: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Similar:
    """What a search looks for: a box of one of the job's images, or where it names none that whole image.

    within: in that image only, and more closely than a search over many images could.
    """

    image: int
    xyxy: XYXY | None = None
    within: bool = False
    top: int = 200
    per_image: int = 8


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A class model that an earlier run left, for one class of the job.

    facts: what lies beside its file (class-ID.json). first_box: is added to the numbers that its bank has of people's
    boxes, which are those of an earlier job. own: its bank's images are known here; else no evidence is shown.
    """

    class_id: int
    file: Path
    sha256: str
    facts: Mapping[str, Any]
    first_box: int = 0
    own: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as the worker asks for it.

    aim: of AIMS, what the review threshold is chosen for.
    test: images that it is measured on; they are none of `images`, so that nothing is learned from them. names: of all
    classes that people's boxes there may be of.
    """

    run: str
    kind: str
    workdir: Path
    cache_dir: Path
    weights_dir: Path
    classes: Mapping[int, str]
    images: tuple[JobImage, ...]
    device: str = "auto"
    budget: str = BUDGETS[0]
    encoder: str = ENCODERS[0]
    aim: str = AIMS[0]
    seed: int = 0
    augment: Augment = field(default_factory=Augment)
    train: Train = field(default_factory=Train)
    detect: Detect = field(default_factory=Detect)
    similar: Similar | None = None
    models: tuple[StoredModel, ...] = ()
    test: tuple[JobImage, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    export: str = ""  # one of EXPORT_FORMATS: what detect.trained, or what lies under models, is to become

    @property
    def targets(self) -> list[JobImage]:
        """Images that are to get suggestions."""
        return [image for image in self.images if image.target]

    def count_shots(self, class_id: int | None = None) -> int:
        """Boxes that people drew, of one class or of all asked for."""
        wanted = set(self.classes) if class_id is None else {class_id}
        return sum(box.class_id in wanted for image in self.images for box in image.boxes)
