"""What a run leaves: what is right is read, what breaks the contract is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.protocol import results, results_file
from training.protocol.errors import BadResults

NEAR = {"box_id": 3, "image_id": 1, "xyxy": [1, 1, 9, 9], "similarity": 0.8, "positive": True}
FOUND = {
    "class_id": 7, "xyxy": [1, 2, 3, 4], "probability": 0.9, "score": 0.5, "source": "head", "state": "auto",
    "neighbours": [NEAR],
}  # fmt: skip
ERROR = {"kind": "missed", "image_id": 4, "xyxy": [1, 2, 3, 4], "probability": None, "iou": 0, "drawn": None}
MATCH = {"image": 1, "xyxy": [1, 2, 3, 4], "similarity": 0.5}


def written(folder: Path, value: Any) -> Path:
    path = folder / results.FILE
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_results_are_read(tmp_path: Path) -> None:
    raw = {
        "images": [{"id": 5, "suggestions": [FOUND], "dropped": []}],
        "classes": {"7": {"worst": [ERROR]}},
        "questions": [{"image_id": 5, "class_id": 7, "xyxy": [1, 2, 3, 4]}],
        "info": {"seed": 0},
    }
    assert results_file.load(written(tmp_path, raw)) == raw


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"xyxy": [1, 2, 3]}, "3 edges"),
        ({"xyxy": [1, 2, float("nan"), 4]}, "TypeError"),
        ({"probability": None}, "TypeError"),
        ({"probability": 1e999}, "TypeError"),
        ({"state": "drop"}, "drop"),
        ({"class_id": "x"}, "ValueError"),
    ],
)
def test_suggestions_that_break_the_contract_are_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    raw = {"images": [{"id": 5, "suggestions": [FOUND | change]}]}
    with pytest.raises(BadResults, match=words):
        results_file.load(written(tmp_path, raw))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "odd"}, "odd"),
        ({"xyxy": [1, 2, 3]}, "3 edges"),
        ({"xyxy": [3, 2, 1, 4]}, "extent"),
        ({"iou": None}, "TypeError"),
        ({"image_id": "x"}, "ValueError"),
        ({"drawn": [1, 2, 3, "x"]}, "ValueError"),
    ],
)
def test_held_out_errors_that_break_the_contract_are_refused(
    change: dict[str, Any], words: str, tmp_path: Path
) -> None:
    raw = {"images": [], "classes": {"3": {"worst": [ERROR | change]}}}
    with pytest.raises(BadResults, match=words):
        results_file.load(written(tmp_path, raw))


@pytest.mark.parametrize("raw", ["", "[]", "{", {"images": [{"id": 1}]}, {"images": None}, {}])
def test_what_is_no_results_file_is_refused_with_its_reason(raw: Any, tmp_path: Path) -> None:
    with pytest.raises(BadResults, match="cannot be read") as caught:
        results_file.load(written(tmp_path, raw))
    assert caught.value.data["reason"]


def test_matches_are_read_and_checked(tmp_path: Path) -> None:
    raw = {"matches": [MATCH], "info": {}}
    assert results_file.load_matches(written(tmp_path, raw)) == raw
    with pytest.raises(BadResults, match="KeyError"):
        results_file.load_matches(written(tmp_path, {"matches": [{"image": 1}]}))
