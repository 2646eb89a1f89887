"""What a run leaves, beside its job: suggestions.json (of a search: its matches), and model/detector.json of a trained
detector.

Written by the engine, read by the worker and by `autolabel`. Boxes are [x1, y1, x2, y2] in pixels of the upright image,
and ids are the job's.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from training.protocol.events import NetworkSummary

FILE = "suggestions.json"
DETECTOR = "model/detector.json"
EXPORTED = {"onnx": "model/detector.onnx", "openvino": "model/detector.zip"}  # by format
NETWORKS = "model/networks.zip"  # of a class model: detector.onnx, second.onnx and encoder.onnx
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


class Question(TypedDict):
    """A suggestion or dropped find to ask about before anything else of its class is reviewed."""

    image_id: int
    class_id: int
    xyxy: list[float]


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

    outlier_box_ids: shots unlike all others. worst: the worst held-out mistakes. corrected, made_alike,
    second_source: whether boxes were pulled to the object's edges, local features were compared, and a second detector
    was asked.
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
    second_source: NotRequired[bool]
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
    """suggestions.json. classes: figures by class id, as text. questions: of classes that could not be measured, the
    most telling first.
    """

    images: list[ImageResult]
    classes: dict[str, ClassFigures]
    questions: list[Question]
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


class LookTime(TypedDict):
    """The median time of a look at one picture of side x side pixels, on so many cores of the processor."""

    milliseconds: float
    side: int
    cores: int


class ExportInfo(TypedDict):
    """How a model was brought into another form; speed: of a detector in the program that it was made for."""

    seconds: dict[str, float]
    versions: dict[str, str]
    device: str
    speed: NotRequired[LookTime]


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
