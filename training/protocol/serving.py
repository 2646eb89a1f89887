"""What a warm engine is asked and what it answers: one JSON line each, over stdin and stdout.

`python -m training.engine --serve` stays until its stdin ends. Networks and class models are loaded once and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.protocol.errors import BadJob
from training.protocol.job import StoredModel
from training.protocol.job_file import model
from training.protocol.json_values import Reader, absolute, device, text
from training.protocol.results import Suggestion

OPTION = "--serve"


@dataclass(frozen=True, slots=True)
class Question:
    """One picture, and the models that are to look at it. id: comes back with the answer."""

    id: str
    image: Path
    models: tuple[StoredModel, ...]
    cache_dir: Path
    weights_dir: Path
    device: str = "cpu"

    def line(self) -> str:
        """Without the line's end."""
        models = [asdict(one) | {"file": str(one.file)} for one in self.models]
        plain = {name: str(getattr(self, name)) for name in ("id", "image", "cache_dir", "weights_dir", "device")}
        return json.dumps(plain | {"models": models}, ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Question:
        """Raises BadJob."""
        try:
            top = Reader(json.loads(line), "")
        except ValueError as error:
            raise BadJob(f"The question is not JSON: {error}.", field="") from error
        return cls(
            id=top.get("id", text), image=top.get("image", absolute), cache_dir=top.get("cache_dir", absolute),
            weights_dir=top.get("weights_dir", absolute), device=top.get("device", device),
            models=tuple(model(one) for one in top.items("models")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """size: (width, height) of the upright picture. suggestions: most probable first. error: code, text, data."""

    id: str
    size: Sequence[int] = ()
    suggestions: Sequence[Suggestion] = ()
    seconds: float = 0.0
    error: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """Without the line's end."""
        return json.dumps(asdict(self), ensure_ascii=False, default=float)

    @classmethod
    def of(cls, line: bytes | str) -> Answer | None:
        """None for a line that is no answer: libraries may print."""
        try:
            raw = json.loads(line)
            return cls(
                str(raw["id"]), raw["size"], raw["suggestions"], float(raw["seconds"]), dict(raw["error"])
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            return None
