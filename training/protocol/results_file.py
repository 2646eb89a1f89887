"""What a run left, read from its files and checked; results.py says what each holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.protocol.errors import BadResults
from training.protocol.results import (
    EXPORTED,
    HELD_OUT_KINDS,
    NETWORKS,
    STATES,
    ClassFigures,
    ExportResult,
    Find,
    HeldOutError,
    ImageResult,
    Info,
    Match,
    Matches,
    Question,
    Results,
    Suggestion,
)


def load(path: Path) -> Results:
    """Reads and checks suggestions.json. Raises BadResults."""
    raw = _json(path)
    try:
        return Results(
            images=[_image(image) for image in raw["images"]],
            classes={str(key): _figures(figures) for key, figures in raw.get("classes", {}).items()},
            questions=[_question(one) for one in raw.get("questions", ())],
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


def _question(raw: Mapping[str, Any]) -> Question:
    return {"image_id": int(raw["image_id"]), "class_id": int(raw["class_id"]), "xyxy": _corners(raw["xyxy"])}


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
