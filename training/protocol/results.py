"""What a run leaves, beside its job: suggestions.json (of a search: its matches), and model/detector.json of a trained
detector.

Written by the engine, read by the worker and by `autolabel`. Boxes are [x1, y1, x2, y2] in pixels of the upright image,
and ids are the job's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from training.protocol.errors import BadResults
from training.protocol.events import NetworkSummary

FILE = "suggestions.json"
DETECTOR = "model/detector.json"
EXPORTED = {"onnx": "model/detector.onnx", "openvino": "model/detector.zip"}  # by format
NETWORKS = "model/networks.zip"  # of a class model: detector.onnx and encoder.onnx
STATES = ("auto", "review")
HELD_OUT_KINDS = ("false", "missed", "loose")


class Neighbour(TypedDict):
    """A shot or counter-example that a suggestion is like. box_id: None where the job has no name for it."""

    box_id: int | None
    image_id: int
    xyxy: list[float]
    similarity: float
    positive: bool


class Find(TypedDict):
    """A box with the probability that it is of the class. source: head, generic or detector."""

    class_id: int
    xyxy: list[float]
    probability: float
    source: str


class Suggestion(Find):
    """A find that is shown to people. score: what its source believed; state: one of STATES."""

    score: float
    state: str
    neighbours: list[Neighbour]


class ImageResult(TypedDict):
    """One image, its suggestions and what was dropped, each most probable first."""

    id: int
    suggestions: list[Suggestion]
    dropped: NotRequired[list[Find]]


class HeldOutError(TypedDict):
    """A mistake on a held-out shot image.

    drawn: the person's box, if there is one; probability: None for what was missed.
    """

    kind: str
    image_id: int
    xyxy: list[float]
    drawn: list[float] | None
    probability: float | None
    iou: float


class HeldOutIou(TypedDict):
    """Mean overlap with held-out shots before and after correction."""

    before: float
    after: float


class ClassFigures(TypedDict):
    """What is known of a class model. measured: how (`none` where there are too few shots); shares with 95 % intervals.

    outlier_box_ids: shots unlike all others. worst: the worst held-out mistakes. corrected, made_alike: whether boxes
    were pulled to the object's edges, and whether local features were compared.
    """

    shots: int
    threshold_review: float
    threshold_auto: float
    measured: str
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    f1: float | None
    ap50: float | None
    pr_curve: list[list[float]]
    outlier_box_ids: list[int]
    worst: list[HeldOutError]
    corrected: NotRequired[bool]
    made_alike: NotRequired[bool]
    held_out_iou: NotRequired[HeldOutIou | None]


class UsedWeights(TypedDict):
    """A file of pretrained weights that made a result."""

    name: str
    sha256: str
    origin: str


class Info(TypedDict):
    """How a result was made. seconds: by stage."""

    seconds: dict[str, float]
    versions: dict[str, str]
    weights: list[UsedWeights]
    device: str
    seed: int
    budget: str


class Results(TypedDict):
    """suggestions.json. classes: figures by class id, as text."""

    images: list[ImageResult]
    classes: dict[str, ClassFigures]
    info: Info


class Match(TypedDict):
    """A place that a search found. similarity: a cosine, 0 to 1; no probability."""

    image: int
    xyxy: list[float]
    similarity: float


class SearchInfo(TypedDict):
    """How matches were found, among how many images."""

    seconds: dict[str, float]
    versions: dict[str, str]
    weights: list[UsedWeights]
    device: str
    images: int


class Matches(TypedDict):
    """suggestions.json of a search, best first."""

    matches: list[Match]
    info: SearchInfo


class ExportInfo(TypedDict):
    """How a model was brought into another form."""

    seconds: dict[str, float]
    versions: dict[str, str]
    device: str


class ExportResult(TypedDict):
    """suggestions.json of an export. file: one of EXPORTED, or NETWORKS."""

    file: str
    info: ExportInfo


class Agreement(TypedDict):
    """How far a detector that keeps its base classes finds what its base was sure of: `boxes` in `images` that taught
    neither.
    """

    ap50: float | None
    boxes: int
    images: int


class DetectorFacts(TypedDict):
    """model/detector.json. classes: names in the detector's order, class_ids None for what only its base knew;
    base_classes: what the base knew of these. seconds: of its training, which comes after the suggestions; weights:
    those of its training.
    """

    sha256: str
    classes: list[str]
    class_ids: list[int | None]
    base_classes: list[str]
    epochs: int
    image_size: int
    base: str
    summary: NetworkSummary
    metrics: dict[str, float]
    curves: dict[str, list[float]]
    train_images: int
    validation_images: int
    boxes: int
    pseudo_boxes: int
    validation_is_training: bool
    agreement: NotRequired[Agreement]
    seconds: NotRequired[float]
    weights: NotRequired[list[UsedWeights]]


def load(path: Path) -> Results:
    """Reads and checks suggestions.json. Raises BadResults."""
    raw = _json(path)
    try:
        return Results(
            images=[_image(image) for image in raw["images"]],
            classes={str(key): _figures(figures) for key, figures in raw.get("classes", {}).items()},
            info=raw.get("info") or Info(),  # type: ignore[typeddict-item]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadResults.of(error) from error


def load_matches(path: Path) -> Matches:
    """Reads and checks the results of a search. Raises BadResults."""
    raw = _json(path)
    try:
        matches = [
            Match(image=int(row["image"]), xyxy=_corners(row["xyxy"]), similarity=_number(row["similarity"]))
            for row in raw["matches"]
        ]
        return Matches(matches=matches, info=raw.get("info") or {})  # type: ignore[typeddict-item]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadResults.of(error) from error


def load_exported(path: Path) -> ExportResult:
    """Reads and checks the results of an export. Raises BadResults."""
    raw = _json(path)
    try:
        if raw["file"] not in (*EXPORTED.values(), NETWORKS):
            raise ValueError(f"the file {raw['file']!r}")
        return ExportResult(file=raw["file"], info=raw["info"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadResults.of(error) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
    except (OSError, ValueError) as error:
        raise BadResults.of(error) from error


def _image(raw: Mapping[str, Any]) -> ImageResult:
    return {
        "id": int(raw["id"]),
        "suggestions": [_suggestion(row) for row in raw["suggestions"]],
        "dropped": [_find(row) for row in raw.get("dropped", ())],
    }


def _suggestion(row: Mapping[str, Any]) -> Suggestion:
    if row["state"] not in STATES:
        raise ValueError(f"a suggestion of state {row['state']!r}")
    return {
        **_find(row),
        "score": _number(row["score"]),
        "state": row["state"],
        "neighbours": list(row.get("neighbours", ())),
    }


def _find(row: Mapping[str, Any]) -> Find:
    return {
        "class_id": int(row["class_id"]),
        "xyxy": _corners(row["xyxy"]),
        "probability": _number(row["probability"]),
        "source": str(row.get("source", "")),  # earlier versions did not say it of what was dropped
    }


def _figures(raw: Any) -> ClassFigures:
    found: ClassFigures = raw | {"worst": [_held_out_error(case) for case in raw.get("worst", ())]}
    return found


def _held_out_error(case: Mapping[str, Any]) -> HeldOutError:
    if case["kind"] not in HELD_OUT_KINDS:
        raise ValueError(f"a mistake of kind {case['kind']!r}")
    probability, drawn = case.get("probability"), case.get("drawn")
    return {
        "kind": case["kind"],
        "image_id": int(case["image_id"]),
        "xyxy": _extent(case["xyxy"]),
        "drawn": None if drawn is None else _extent(drawn),
        "probability": None if probability is None else _number(probability),
        "iou": _number(case["iou"]),
    }


def _extent(edges: Any) -> list[float]:
    x1, y1, x2, y2 = found = _corners(edges)
    if x1 >= x2 or y1 >= y2:
        raise ValueError("a box of a mistake has no extent")
    return found


def _corners(edges: Any) -> list[float]:
    found = [_number(edge) for edge in edges]
    if len(found) != 4:
        raise ValueError(f"a box of {len(found)} edges")
    return found


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number
