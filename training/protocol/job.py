"""The job file: parsed once into frozen values, or refused with a sentence that names the field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from training.protocol.errors import BadJob
from training.protocol.limits import ENCODERS

SCHEMA = 1
KINDS = ("autolabel", "detect", "similar")
BUDGETS = ("fast", "best")
TRAIN_MODES = ("auto", "always", "never")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobBox:
    """A box that a person drew or rejected, in pixels of the upright image."""

    id: int | None
    class_id: int
    xyxy: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class JobImage:
    """One image of the run with what people said about it."""

    id: int
    path: Path
    sha256: str | None
    width: int | None
    height: int | None
    target: bool
    boxes: tuple[JobBox, ...]
    rejected: tuple[JobBox, ...]
    complete_for: frozenset[int]

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
    xyxy: tuple[float, float, float, float] | None = None
    within: bool = False
    top: int = 200
    per_image: int = 8


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as the worker asks for it."""

    run: str
    kind: str
    workdir: Path
    cache_dir: Path
    weights_dir: Path
    device: str
    budget: str
    encoder: str
    seed: int
    classes: Mapping[int, str]
    images: tuple[JobImage, ...]
    augment: Augment
    train: Train
    detect: Detect
    similar: Similar | None = None

    @property
    def targets(self) -> list[JobImage]:
        """Images that are to get suggestions."""
        return [image for image in self.images if image.target]

    def count_shots(self, class_id: int | None = None) -> int:
        """Boxes that people drew, of one class or of all asked for."""
        wanted = set(self.classes) if class_id is None else {class_id}
        return sum(box.class_id in wanted for image in self.images for box in image.boxes)


def load(path: Path) -> Job:
    """Reads and checks a job file. Raises BadJob."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadJob(f"The job file {path} cannot be read: {error.strerror}.", field="") from error
    except ValueError as error:
        raise BadJob(f"The job file {path} is not JSON: {error}.", field="") from error
    return parse(raw)


def parse(raw: Any) -> Job:
    """Checks a job given as plain JSON values. Raises BadJob naming the first field that is wrong."""
    top = Reader(raw, "")
    schema = top.get("schema", integer)
    if schema != SCHEMA:
        raise BadJob(f"schema: this engine reads job files of schema {SCHEMA}, not {schema}.", field="schema")
    kind = top.get("kind", one_of(*KINDS))
    classes = {item.get("id", integer): item.get("name", text) for item in top.items("classes")}
    images = tuple(_image(item) for item in top.items("images"))
    seen: set[int] = set()
    for place, image in enumerate(images):
        if image.id in seen:
            raise BadJob(f"images[{place}].id: {image.id} is there twice.", field=f"images[{place}].id")
        seen.add(image.id)
    if kind == "autolabel" and not classes:
        raise BadJob("classes: at least one class to find is needed.", field="classes")
    detect = _detect(top.inner("detect"))
    if kind == "detect" and not detect.weights and not detect.trained:
        raise BadJob("detect: either weights or trained must name a detector.", field="detect")
    if detect.trained and not detect.trained_sha256:
        raise BadJob("detect.trained_sha256: a trained detector is only loaded with its hash.", field="detect")
    return Job(
        run=str(raw.get("run", "")), kind=kind,
        workdir=top.get("workdir", absolute), cache_dir=top.get("cache_dir", absolute),
        weights_dir=top.get("weights_dir", absolute), device=top.get("device", device, "auto"),
        budget=top.get("budget", one_of(*BUDGETS), "fast"),
        encoder=top.get("encoder", one_of(*ENCODERS), ENCODERS[0]), seed=top.get("seed", integer, 0),
        classes=classes, images=images, augment=_augment(top.inner("augment")), train=_train(top.inner("train")),
        detect=detect, similar=_similar(top.inner("similar"), seen) if kind == "similar" else None,
    )  # fmt: skip


class Reader:
    """One JSON object of the job, which knows where it stands in the file."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise BadJob(f"{where or 'the job'}: an object is needed, not {type(raw).__name__}.", field=where)
        self.raw: dict[str, Any] = raw
        self.where = where

    def place(self, name: str) -> str:
        """The full name of a field."""
        return f"{self.where}.{name}" if self.where else name

    def get(self, name: str, check: Callable[[Any], T], default: Any = ...) -> T:
        """A field's checked value; a missing or null one is its default, or refused where there is none."""
        value = self.raw.get(name)
        if value is None:
            if default is ...:
                raise BadJob(f"{self.place(name)}: is missing.", field=self.place(name))
            checked: T = default
            return checked
        try:
            return check(value)
        except ValueError as error:
            raise BadJob(f"{self.place(name)}: {error}", field=self.place(name)) from None

    def items(self, name: str) -> list[Reader]:
        """A list of objects; missing is empty."""
        rows = self.raw.get(name) or []
        if not isinstance(rows, list):
            raise BadJob(f"{self.place(name)}: a list is needed.", field=self.place(name))
        return [Reader(row, f"{self.place(name)}[{index}]") for index, row in enumerate(rows)]

    def inner(self, name: str) -> Reader:
        """An object inside this one; missing is empty."""
        return Reader(self.raw.get(name) or {}, self.place(name))


def _image(item: Reader) -> JobImage:
    complete = item.get("complete_for", list_of(integer), [])
    return JobImage(
        id=item.get("id", integer), path=item.get("path", absolute), sha256=item.get("sha256", sha256, None),
        width=item.get("width", positive, None), height=item.get("height", positive, None),
        target=item.get("target", boolean, True), boxes=tuple(_box(box) for box in item.items("boxes")),
        rejected=tuple(_box(box) for box in item.items("rejected")), complete_for=frozenset(complete),
    )  # fmt: skip


def _box(item: Reader) -> JobBox:
    return JobBox(item.get("id", integer, None), item.get("class_id", integer), item.get("xyxy", box))


def _augment(item: Reader) -> Augment:
    return Augment(
        rotate_deg=item.get("rotate_deg", between(0, 180), 0.0), flip=item.get("flip", boolean, True),
        brightness=item.get("brightness", between(0, 1), 0.3), noise=item.get("noise", boolean, True),
    )  # fmt: skip


def _train(item: Reader) -> Train:
    return Train(
        mode=item.get("mode", one_of(*TRAIN_MODES), "auto"), epochs=item.get("epochs", positive, 60),
        image_size=int(item.get("image_size", between(32, 4096), 640)), base=item.get("base", text, "yolo26n"),
        from_scratch_ok=item.get("from_scratch_ok", boolean, False), keep_base=item.get("keep_base", boolean, False),
    )  # fmt: skip


def _detect(item: Reader) -> Detect:
    mapping: dict[int, int] = {}
    for key, value in item.inner("class_map").raw.items():
        try:
            mapping[int(key)] = integer(value)
        except ValueError:
            place = f"{item.place('class_map')}.{key}"
            raise BadJob(f"{place}: a class index and a class id are needed.", field=place) from None
    return Detect(
        weights=item.get("weights", text, None), trained=item.get("trained", absolute, None),
        trained_sha256=item.get("trained_sha256", sha256, None), conf=item.get("conf", between(0, 1), 0.25),
        class_map=mapping,
    )  # fmt: skip


def _similar(item: Reader, images: set[int]) -> Similar:
    wanted = Similar(
        image=item.get("image", integer), xyxy=item.get("xyxy", box, None), within=item.get("within", boolean, False),
        top=item.get("top", positive, 200), per_image=item.get("per_image", positive, 8),
    )  # fmt: skip
    if wanted.image not in images:
        raise BadJob("similar.image: is none of the job's images.", field="similar.image")
    if wanted.within and wanted.xyxy is None:
        raise BadJob("similar.xyxy: a search within one image needs a box.", field="similar.xyxy")
    return wanted


# Checks: a raw value in, a typed one out, ValueError with the end of a sentence otherwise.


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"a whole number is needed, not {value!r}.")
    return value


def positive(value: Any) -> int:
    if integer(value) < 1:
        raise ValueError(f"must be at least 1, not {value}.")
    return int(value)


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"a number is needed, not {value!r}.")
    return float(value)


def between(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if not low <= number(value) <= high:
            raise ValueError(f"must lie between {low} and {high}, not {value}.")
        return float(value)

    return check


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {value!r}.")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text is needed, not {value!r}.")
    return value


def one_of(*names: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}, not {value!r}.")
        return str(value)

    return check


def absolute(value: Any) -> Path:
    path = Path(text(value))
    if not path.is_absolute():
        raise ValueError(f"an absolute path is needed, not {value!r}.")
    return path


def sha256(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("64 hexadecimal digits are needed.")
    return value


def device(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
        raise ValueError(f"must be auto, cpu, cuda or cuda:N, not {value!r}.")
    return value


def list_of(check: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    def checked(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise ValueError("a list is needed.")
        return [check(item) for item in value]

    return checked


def box(value: Any) -> tuple[float, float, float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError("four numbers [x1, y1, x2, y2] are needed.")
    x1, y1, x2, y2 = (number(edge) for edge in value)
    if x2 <= x1 or y2 <= y1:
        raise ValueError(f"x2 and y2 must lie beyond x1 and y1, not {list(value)}.")
    return x1, y1, x2, y2
