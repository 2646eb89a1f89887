"""Measuring on the test split: the figures are right, and nothing of it changes what a run finds or learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here, shot, target
from training.protocol import measured

MakeJob = Callable[..., dict[str, Any]]
NAMES = [{"id": 7, "name": "disc"}]


def job(make_job: MakeJob, folder: Path, scenes: list[Scene], **more: Any) -> dict[str, Any]:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(place + 1, scene) for place, scene in enumerate(scenes) if place in (4, 5)]
    return make_job(folder, images, names=NAMES, **more)


@pytest.fixture(scope="module")
def runs(make_job: MakeJob, scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    """The same run without and with six test images."""
    tests = [shot(place + 1, scene) for place, scene in enumerate(scenes) if place >= 6]
    without = run_here(job(make_job, tmp_path_factory.mktemp("without"), scenes))
    return without, run_here(job(make_job, tmp_path_factory.mktemp("measured"), scenes, test=tests))


def test_suggestions_and_class_models_are_the_same_to_the_bit(runs: tuple[Outcome, Outcome]) -> None:
    without, with_test = runs
    for name in ("images", "classes"):
        assert with_test.suggestions[name] == without.suggestions[name]
    ours, theirs = (np.load(run.workdir / "model" / "class-7.npz") for run in runs)
    assert ours.files == theirs.files
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours.files)


def test_what_the_class_model_is_worth_there(runs: tuple[Outcome, Outcome], scenes: list[Scene]) -> None:
    without, with_test = runs
    assert measured.load(without.workdir / measured.FILE) is None
    found = measured.load(with_test.workdir / measured.FILE)
    assert found is not None
    (row,) = found["models"]["classes"]
    assert (row["id"], row["images"], row["boxes"]) == (7, 6, sum(len(scene.discs) for scene in scenes[6:]))
    assert row["ap50"] is not None
    assert row["recall"] is not None
    assert row["ap50"] >= 0.7
    assert row["recall_low"] <= row["recall"] <= row["recall_high"]
    assert found["models"]["combined"]["ap50"] == row["ap50"]
    assert "detector" not in found


def test_it_is_a_stage_that_runs_last(runs: tuple[Outcome, Outcome]) -> None:
    _without, with_test = runs
    finished = [[event["stage"] for event in run.of("stage") if event["state"] == "finished"] for run in runs]
    assert finished[1] == [*finished[0], "measure"]
    percents = [event["percent"] for event in with_test.of("progress")]
    assert percents == sorted(percents)


def test_a_test_image_that_cannot_be_read_is_left_out(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    tests = [shot(9, scenes[9]), shot(10, Scene(broken, scenes[9].discs, []))]
    outcome = run_here(job(make_job, tmp_path / "run", scenes, test=tests))
    found = measured.load(outcome.workdir / measured.FILE)
    assert found is not None
    assert found["images"] == 1
    assert [event["data"]["image"] for event in outcome.of("log") if event["code"] == "bad_image"] == [10]


def test_a_detector_is_measured_and_suggests_nothing_there(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path
) -> None:
    tests = [shot(place + 1, scene) for place, scene in enumerate(scenes) if place >= 9]
    detect = {"weights": "yolo26n", "conf": 0.25, "class_map": {"32": 7}}  # a sports ball
    images = [target(1, scenes[0])]
    outcome = run_here(make_job(tmp_path, images, kind="detect", detect=detect, names=NAMES, test=tests))
    assert outcome.code == 0
    assert [image["id"] for image in outcome.suggestions["images"]] == [1]
    found = json.loads((tmp_path / measured.FILE).read_text(encoding="utf-8"))
    assert [row["id"] for row in found["detector"]["classes"]] == [7]
    assert "models" not in found


def test_classes_that_no_test_image_is_complete_for_are_not_measured(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path
) -> None:
    tests = [shot(9, scenes[9], complete_for=[])]
    outcome = run_here(job(make_job, tmp_path, scenes, test=tests))
    assert outcome.code == 0
    assert measured.load(tmp_path / measured.FILE) is None
