"""A check as the worker sees it: labels that were made wrong come first in its list, and right ones do not come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here
from training.engine.core.boxes import as_boxes, iou
from training.protocol import label_errors

DISC, SQUARE = 7, 8
CLASSES = [{"id": DISC, "name": "disc"}, {"id": SQUARE, "name": "square"}]
CALLED_SQUARE, WITHOUT, LOOSE, EMPTY = 2, 4, 6, 8  # images with one error each
NOWHERE = [1.0, 1.0, 45.0, 45.0]


def labelled(number: int, scene: Scene, **more: Any) -> dict[str, Any]:
    pairs = [(DISC, box) for box in scene.discs] + [(SQUARE, box) for box in scene.squares]
    if number == CALLED_SQUARE:
        pairs[0] = (SQUARE, pairs[0][1])
    if number == WITHOUT:
        pairs = pairs[1:]
    if number == LOOSE:
        x1, y1, x2, y2 = pairs[0][1]
        pairs[0] = (DISC, [x1 - (x2 - x1) * 0.35, y1, x2, y2 + (y2 - y1) * 0.3])
    boxes = [
        {"id": number * 10 + place, "class_id": label, "xyxy": box} for place, (label, box) in enumerate(pairs)
    ]  # fmt: skip
    return {"id": number, "path": str(scene.path), "target": True, "boxes": boxes, "complete_for": [7, 8], **more}


@pytest.fixture(scope="module")
def checked(make_job: Callable[..., Any], scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    images = [labelled(number, scene) for number, scene in enumerate(scenes, start=1)]
    return run_here(make_job(tmp_path_factory.mktemp("check"), images, kind="check", classes=CLASSES))


def test_stages_and_progress(checked: Outcome) -> None:
    assert checked.code == 0, checked.stderr
    finished = [event["stage"] for event in checked.of("stage") if event["state"] == "finished"]
    assert finished == ["prepare", "cross_fit", "rank"]
    percents = [event["percent"] for event in checked.of("progress")]
    assert percents == sorted(percents)


def test_planted_errors_come_first(checked: Outcome, scenes: list[Scene]) -> None:
    rows = label_errors.load(checked.workdir / "suggestions.json")["label_errors"]
    found = {(row["image"], row["kind"]): row for row in rows[:5]}
    assert (CALLED_SQUARE, "wrong_class") in found, rows[:8]
    assert found[CALLED_SQUARE, "wrong_class"]["proposed"] == DISC
    missing = found[WITHOUT, "missing"]
    assert missing["class_id"] == DISC
    assert iou(as_boxes([missing["xyxy"]]), as_boxes(scenes[WITHOUT - 1].discs[:1])).max() >= 0.5
    loose = found[LOOSE, "loose"]
    assert loose["box"] == LOOSE * 10
    assert iou(as_boxes([loose["xyxy"]]), as_boxes(scenes[LOOSE - 1].discs[:1])).max() >= 0.75
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)


@pytest.mark.parametrize("complete", [0, 1])
def test_too_few_complete_images_are_said(make_job: Any, scenes: list[Scene], tmp_path: Path, complete: int) -> None:
    images = [
        labelled(number, scene, complete_for=[7, 8] if number <= complete else [])
        for number, scene in enumerate(scenes[:3], start=1)
    ]
    outcome = run_here(make_job(tmp_path, images, kind="check", classes=CLASSES))
    assert outcome.code == 1
    assert outcome.events[-1]["code"] == "nothing_to_check"
