"""What a run says while it works: one JSON object a line, with its kind and `t`, the seconds since this attempt began.

The engine writes lines (encode), the worker reads them (decode) and keeps them as rows of kind and payload (stored).
New fields get defaults, so that a worker understands an engine that is a little older.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, TypedDict, get_args

from training.protocol.job import XYXY

LONGEST_LINE = 100_000  # bytes; more is no event


class NetworkSummary(TypedDict):
    """What a network is made of. gflops: of one picture of the size that it is trained at."""

    name: str
    parameters: int
    gradients: int
    layers: int
    gflops: float


@dataclass(frozen=True, slots=True)
class StageChange:
    """A stage `started`, `finished`, or was `skipped` since an earlier attempt had finished it; seconds: how long it
    took.
    """

    kind: ClassVar[str] = "stage"
    stage: str
    state: str
    seconds: float | None = None
    index: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is. percent: of the whole run, never less than before; eta_s: until its part (see stages.Stage)
    is done.
    """

    kind: ClassVar[str] = "progress"
    stage: str
    done: float
    total: float
    percent: float
    eta_s: float | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: of the engine's own process, of torch on the GPU, and (the worker's word) of all that the engine
    started.
    """

    kind: ClassVar[str] = "memory"
    device: str
    rss_mb: float | None = None
    gpu_mb: float | None = None
    group_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of training; losses and metrics as the trainer calls them, None where one is not finite."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    epochs: int
    losses: Mapping[str, float | None] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    seconds: float | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class FoundBox:
    """An example of what is found, as it comes; xyxy in pixels of the upright image."""

    kind: ClassVar[str] = "found"
    image: int
    class_id: int
    xyxy: list[float] | XYXY
    probability: float


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of pretrained weights that this run uses, and where it came from."""

    kind: ClassVar[str] = "weights"
    name: str
    sha256: str
    origin: str
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A sentence for people, with the code and data that say it again in their language.

    level: info, warning or error.
    """

    kind: ClassVar[str] = "log"
    level: str
    code: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """The network that is trained."""

    kind: ClassVar[str] = "summary"
    model: NetworkSummary


@dataclass(frozen=True, slots=True)
class Suggestions:
    """suggestions.json is whole: people can have it while the run goes on. seconds: what all stages up to here took."""

    kind: ClassVar[str] = "suggestions"
    count: int
    images: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Error:
    """Why the run ended without results."""

    kind: ClassVar[str] = "error"
    code: str = "internal"
    text: str = "The engine failed without saying why."
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """Everything is written.

    The engine's last word, and the worker's once it is stored, with the counts of what that was.
    """

    kind: ClassVar[str] = "done"
    seconds: float
    suggested: int | None = None
    sure: int | None = None
    matches: int | None = None


Event = (
    StageChange | Progress | Memory | Epoch | FoundBox | Weights | Log | Summary | Suggestions | Error | End
)  # fmt: skip
BY_KIND: dict[str, type[Event]] = {one.kind: one for one in get_args(Event)}
JSON_NAMES = {"class_id": "class"}  # of a field, where the line calls it otherwise
Number = (int, float)
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": Number,
    "float | None": (*Number, type(None)),
    "list[float] | XYXY": (list, tuple),
    "Mapping[str, Any]": (dict,),
    "NetworkSummary": (dict,),
    "Mapping[str, float | None]": (dict,),
}


def encode(event: Event, t: float) -> str:
    """An event as its line, without the line's end."""
    kind, payload = stored(event, t)
    return json.dumps({"kind": kind, **payload}, ensure_ascii=False, default=float)


def stored(event: Event, t: float | None = None) -> tuple[str, Mapping[str, object]]:
    """An event as kind and payload, as rows of the journal hold it."""
    values = {JSON_NAMES.get(one.name, one.name): getattr(event, one.name) for one in fields(event)}
    return event.kind, values if t is None else {"t": round(t, 3), **values}


def decode(line: bytes) -> tuple[Event, float] | None:
    """The event of a line with its `t`; None where the line is none, which a library may have printed.

    Numbers that are not finite become None, and texts with NUL are refused: PostgreSQL's JSON holds neither.
    """
    if len(line) > LONGEST_LINE or b"\\u0000" in line:
        return None
    try:
        raw = json.loads(line, parse_constant=lambda _name: None, parse_float=_finite)
    except ValueError:
        return None
    if not isinstance(raw, dict) or raw.get("kind") not in BY_KIND:
        return None
    event = _event(BY_KIND[raw["kind"]], raw)
    t = raw.get("t")
    return None if event is None else (event, float(t) if isinstance(t, Number) else 0.0)


def _event(kind: type[Event], raw: Mapping[str, Any]) -> Event | None:
    values = {}
    for one in fields(kind):
        name = JSON_NAMES.get(one.name, one.name)
        if name in raw:
            if not isinstance(raw[name], TYPES[str(one.type)]):
                return None
            values[one.name] = raw[name]
        elif one.default is MISSING and one.default_factory is MISSING:
            return None
    return kind(**values)


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None
