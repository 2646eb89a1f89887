"""A class model that a run left finds in new images what its run found there, without being taught again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here, shot, target
from training.engine import pipeline
from training.engine.run import Run
from training.engine.tuning import DEFAULTS
from training.protocol.class_model_file import detector_of
from training.protocol.hashing import sha256_of

MakeJob = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def learned(make_job: MakeJob, scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Four shot images and three to label."""
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(place + 1, scene) for place, scene in enumerate(scenes[:7]) if place >= 4]
    outcome = run_here(make_job(tmp_path_factory.mktemp("learned"), images))
    assert outcome.code == 0
    return outcome


def stored(learned: Outcome, **more: Any) -> dict[str, Any]:
    file = learned.workdir / "model/class-7.npz"
    facts = json.loads(file.with_suffix(".json").read_text())
    return {"class_id": 7, "file": str(file), "sha256": sha256_of(file), "facts": facts, **more}


def predict(make_job: MakeJob, scenes: list[Scene], folder: Path, model: dict[str, Any]) -> Outcome:
    images = [target(place + 1, scene) for place, scene in enumerate(scenes[:7]) if place >= 4]
    return run_here(make_job(folder, images, kind="predict", models=[model]))


def test_it_finds_what_its_run_found(make_job, scenes, learned, tmp_path):
    outcome = predict(make_job, scenes, tmp_path, stored(learned))
    assert outcome.code == 0, outcome.events[-1]
    assert outcome.suggestions["images"] == learned.suggestions["images"]
    assert sum(len(image["suggestions"]) for image in outcome.suggestions["images"]) >= 3
    assert outcome.suggestions["classes"] == learned.suggestions["classes"]
    assert [event["stage"] for event in outcome.of("stage") if event["state"] == "finished"] == [
        "prepare", "propose", "verify", "suggest",
    ]  # fmt: skip
    assert not (tmp_path / "model").exists()


def test_another_attempt_goes_on_after_the_last_finished_stage(make_job, scenes, learned, tmp_path):
    predict(make_job, scenes, tmp_path, stored(learned))
    (tmp_path / "suggestions.json").unlink()
    again = predict(make_job, scenes, tmp_path, stored(learned))
    assert [event["state"] for event in again.of("stage") if event["stage"] in ("propose", "verify")] == ["skipped"] * 2
    assert again.suggestions["images"] == learned.suggestions["images"]


def test_boxes_of_the_bank_have_the_numbers_of_the_new_job(make_job, scenes, learned, tmp_path):
    outcome = predict(make_job, scenes, tmp_path, stored(learned, first_box=1000))
    numbers = [[near["box_id"] for near in row["neighbours"]] for row in rows(outcome)]
    before = [[near["box_id"] for near in row["neighbours"]] for row in rows(learned)]
    assert numbers == [[one and one + 1000 for one in row] for row in before]
    assert any(any(row) for row in numbers)


def test_a_model_from_elsewhere_shows_no_evidence_and_finds_the_same(make_job, scenes, learned, tmp_path):
    outcome = predict(make_job, scenes, tmp_path, stored(learned, own=False))
    assert [row | {"neighbours": []} for row in rows(learned)] == rows(outcome)
    assert outcome.suggestions["classes"]["7"]["worst"] == []


def rows(outcome: Outcome) -> list[dict[str, Any]]:
    return [row for image in outcome.suggestions["images"] for row in image["suggestions"]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("tampered", "hash"), ("missing", "hash"), ("pickle", "unreadable"), ("shape", "arrays"), ("nan", "arrays"),
        ("schema", "schema"), ("tuning", "engine"), ("detector", "engine"), ("thresholds", "facts"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_reason(make_job, scenes, learned, tmp_path, change, reason):
    model = stored(learned)
    file = tmp_path / "copy.npz"
    shutil.copyfile(model["file"], file)
    model["file"] = str(file)
    arrays = dict(np.load(file))
    if change == "tampered":
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    elif change == "missing":
        file.unlink()
    elif change in ("pickle", "shape", "nan"):
        new = {
            "pickle": ("head_levels", np.array([{"a": 1}], dtype=object)),
            "shape": ("bank_xyxy", arrays["bank_xyxy"][1:]),
            "nan": ("crop_weight", arrays["crop_weight"] * np.nan),
        }
        name, value = new[change]
        np.savez(file, **(arrays | {name: value}))
        model["sha256"] = sha256_of(file)
    else:
        facts = model["facts"]
        facts |= {
            "schema": {"schema": 99}, "detector": {"detector": "other"},
            "tuning": {"tuning": {**facts["tuning"], "magic": {}}},
            "thresholds": {"measured": {**facts["measured"], "threshold_review": 7}},
        }[change]  # fmt: skip
    outcome = predict(make_job, scenes, tmp_path / "run", model)
    assert (outcome.code, outcome.events[-1]["code"], outcome.events[-1]["data"]["reason"]) == (1, "bad_model", reason)


def test_a_model_keeps_the_detector_that_it_was_fitted_with(make_job, scenes, tmp_path, monkeypatch):
    """Another version may have another one in its place."""
    other = {"yolo26m.pt": "yolo26n.pt", "yolo26n.pt": "yolo26m.pt"}[DEFAULTS.detector.fast]
    tuning = replace(DEFAULTS, detector=replace(DEFAULTS.detector, fast=other))
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(place + 1, scene) for place, scene in enumerate(scenes[:7]) if place >= 4]
    with monkeypatch.context() as before:
        before.setattr(pipeline, "Run", partial(Run, tuning=tuning))
        earlier = run_here(make_job(tmp_path / "learned", images))
    assert earlier.code == 0
    model = stored(earlier)
    assert detector_of(model["facts"]) == other
    outcome = predict(make_job, scenes, tmp_path / "predict", model)
    assert outcome.code == 0, outcome.events[-1]
    assert outcome.suggestions["images"] == earlier.suggestions["images"]
    assert other in {one["name"] for one in outcome.suggestions["info"]["weights"]}
