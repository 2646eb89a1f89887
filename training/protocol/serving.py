"""What a warm engine is asked and what it answers: one JSON line each, over stdin and stdout.

`python -m training.engine --serve` stays until its stdin ends. Networks and class models are loaded once and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from training.protocol.errors import BadJob
from training.protocol.job import StoredModel
from training.protocol.job_file import model
from training.protocol.json_values import Reader, absolute, device, one_of, point, text
from training.protocol.results import Suggestion

OPTION = "--serve"
# Codes of the error in a job's answer: it would keep others waiting, and is left undone; or an event says what it is.
NOT_AT_HAND, FAILED = "not_at_hand", "failed"
PREDICT, READY, CLICK = KINDS = ("predict", "ready", "click")


class ClickedBox(TypedDict):
    """A box that a click may mean. xyxy: pixels of the upright picture. score: the overlap with the object that is
    expected, 0 to 1. source: which part of the engine drew it.
    """

    xyxy: list[float]
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class Question:
    """One picture, and the models that are to look at it. id: comes back with the answer.

    kind: what they see (predict); the box of the object at `point`, (x, y) pixels of the upright picture (click); or
    nothing, but a click there will be answered at once (ready).
    """

    id: str
    image: Path
    models: tuple[StoredModel, ...]
    cache_dir: Path
    weights_dir: Path
    device: str = "cpu"
    kind: str = PREDICT
    point: tuple[float, float] | None = None

    def line(self) -> str:
        """Without the line's end."""
        models = [asdict(one) | {"file": str(one.file)} for one in self.models]
        names = ("id", "image", "cache_dir", "weights_dir", "device", "kind")
        plain = {name: str(getattr(self, name)) for name in names}
        return json.dumps(plain | {"models": models, "point": self.point}, ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Question:
        """Raises BadJob."""
        top = _read(line)
        question = cls(
            id=top.get("id", text), image=top.get("image", absolute), cache_dir=top.get("cache_dir", absolute),
            weights_dir=top.get("weights_dir", absolute), device=top.get("device", device),
            models=tuple(model(one) for one in top.items("models")), kind=top.get("kind", one_of(*KINDS), PREDICT),
            point=top.get("point", point, None),
        )  # fmt: skip
        if (question.kind == CLICK) != (question.point is not None):
            raise BadJob("point: a click has one, and nothing else does.", field="point")
        return question


@dataclass(frozen=True, slots=True)
class JobQuestion:
    """A whole job that somebody waits for, by its file. Its events come before its answer, which holds no more than
    its error. id: comes back with the answer.
    """

    id: str
    job: Path

    def line(self) -> str:
        """Without the line's end."""
        return json.dumps({"id": self.id, "job": str(self.job)}, ensure_ascii=False)


def asked(line: str) -> Question | JobQuestion:
    """A line of questions. Raises BadJob."""
    top = _read(line)
    if "job" in top.raw:
        return JobQuestion(top.get("id", text), top.get("job", absolute))
    return Question.of(line)


def _read(line: str) -> Reader:
    try:
        return Reader(json.loads(line), "")
    except ValueError as error:
        raise BadJob(f"The question is not JSON: {error}.", field="") from error


@dataclass(frozen=True, slots=True)
class Answer:
    """size: (width, height) of the upright picture. suggestions: most probable first. boxes: of a click, best first.
    error: code, text, data.
    """

    id: str
    size: Sequence[int] = ()
    suggestions: Sequence[Suggestion] = ()
    seconds: float = 0.0
    error: Mapping[str, Any] = field(default_factory=dict)
    boxes: Sequence[ClickedBox] = ()

    def line(self) -> str:
        """Without the line's end."""
        return json.dumps(asdict(self), ensure_ascii=False, default=float)

    @classmethod
    def of(cls, line: bytes | str) -> Answer | None:
        """None for a line that is no answer: libraries may print."""
        try:
            raw = json.loads(line)
            return cls(
                str(raw["id"]), raw["size"], raw["suggestions"], float(raw["seconds"]), dict(raw["error"]),
                raw["boxes"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            return None
