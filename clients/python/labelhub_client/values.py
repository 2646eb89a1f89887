"""What the server answers with. Boxes are (left, top, right, bottom) in pixels of the upright image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

XYXY = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Project:
    """role: of who asks. images, boxes: how many."""

    id: int
    name: str
    role: str
    images: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Dataset:
    id: int
    name: str
    images: int


@dataclass(frozen=True, slots=True)
class LabelClass:
    id: int
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that did not go in, and why."""

    file: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Image:
    """url: of the picture, below the server's address. split: train, val, test, or "" for none."""

    id: int
    name: str
    width: int
    height: int
    version: int
    url: str
    dataset: int
    split: str = ""


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    added: tuple[Image, ...]
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class KnownPictures:
    """known: names by the SHA-256 of what was uploaded."""

    known: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """label: the id of its class."""

    id: str
    label: int = field(metadata={"key": "class"})
    xyxy: XYXY
    origin: str
    author: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """label: the id of its class. probability: 0 to 1, calibrated."""

    id: int
    label: int = field(metadata={"key": "class"})
    xyxy: XYXY
    probability: float
    state: str


@dataclass(frozen=True, slots=True)
class IncludedLabels:
    """complete: ids of the classes that the image has all boxes of."""

    boxes: tuple[Box, ...] = ()
    complete: tuple[int, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image with its boxes and the suggestions that wait."""

    id: int
    name: str
    width: int
    height: int
    url: str
    dataset: int
    included: IncludedLabels


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a file of labels, or a line of it."""

    file: str
    line: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class PreviewImages:
    labelled: int
    new: int
    here: int
    missing: int


@dataclass(frozen=True, slots=True)
class PreviewClass:
    """existing: the id of the project's class of this name."""

    name: str
    boxes: int
    predictions: int
    existing: int | None = field(metadata={"key": "class"})


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would bring."""

    title: str
    images: PreviewImages
    boxes: int
    predictions: int
    classes: tuple[PreviewClass, ...]


@dataclass(frozen=True, slots=True)
class LabelImport:
    """state: reading, ready, importing, done, undoing, undone, failed or cancelled."""

    id: int
    name: str
    state: str
    done: int
    total: int
    counts: Mapping[str, Any]
    preview: ImportPreview | None
    problems: tuple[Notice, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class RunError:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """A run's suggestions by state."""

    pending: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Run:
    """state: queued, running, cancelling, done, failed or cancelled. models: ids of what it has made."""

    id: int
    project: int
    number: int
    kind: str
    state: str
    stage: str
    percent: float
    eta_s: float | None
    error: RunError | None
    batch: BatchCounts | None
    models: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """state: queued, running, done, failed or cancelled. file: the path of its download, once it is done."""

    id: int
    name: str
    state: str
    done: int
    total: int
    boxes: int
    bytes: int
    sha256: str
    problem: str
    file: str | None


@dataclass(frozen=True, slots=True)
class Model:
    """kind: fewshot (a class model) or detector."""

    id: int
    name: str
    kind: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PredictedBox:
    """label: the id of its class, name: that class's. state: auto where it is surely right, else review."""

    label: int = field(metadata={"key": "class_id"})
    name: str
    model: int
    xyxy: XYXY
    probability: float
    state: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the class models see in a picture of width x height pixels, the most probable first."""

    width: int
    height: int
    boxes: tuple[PredictedBox, ...]
    seconds: float
