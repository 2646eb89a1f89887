"""A second source proposes where the first has nothing, says its part of each candidate, and is used where it pays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.training.engine.class_model.conftest import ALWAYS, CLASS, LearnedClass
from tests.training.engine.conftest import Scene
from training.engine.class_model import serialization
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.held_out_errors import HeldOutImage
from training.engine.class_model.second_source import held_out_loss
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.dense import SOURCES
from training.engine.tuning import DEFAULTS
from training.engine.vision import weights
from training.protocol.class_model_file import SIGNALS
from training.protocol.errors import WeightsUnavailable
from training.protocol.hashing import sha256_of
from training.protocol.job import StoredModel

BOX, ELSEWHERE = [10, 10, 50, 50], [100, 100, 140, 140]
LEAST = DEFAULTS.second_source.least_probability


def held_out(boxes: list[list[float]], probability: list[float], shots: list[list[float]]) -> HeldOutImage:
    return HeldOutImage(1, as_boxes(boxes), np.array(probability, dtype=np.float32), as_boxes(shots))


@pytest.mark.parametrize(
    ("boxes", "probability", "shots", "expected"),
    [
        ([BOX], [0.8], [BOX], -np.log(0.8)),
        ([BOX, ELSEWHERE], [0.8, 0.3], [BOX], -np.log(0.8) - np.log(0.7)),
        ([], [], [BOX, ELSEWHERE], -np.log(LEAST)),
        ([BOX], [0.8], [BOX, ELSEWHERE], (-np.log(0.8) - np.log(LEAST)) / 2),
        ([BOX], [1.0], [BOX], -np.log(1 - LEAST)),
        ([ELSEWHERE], [0.4], [], -np.log(0.6)),
    ],
    ids=["found", "a false find", "nothing found", "one missed", "too sure", "no shot"],
)
def test_the_log_loss_counts_what_was_missed(
    boxes: list[list[float]], probability: list[float], shots: list[list[float]], expected: float
) -> None:
    found = held_out_loss([held_out(boxes, probability, shots)], 0.5, DEFAULTS)
    assert found == pytest.approx(expected, abs=1e-6)


def test_it_is_used_where_held_out_shots_gain_enough(without: LearnedClass, with_it: LearnedClass) -> None:
    models = [one.proposals.model for one in (without, with_it)]
    assert [one.second is not None for one in models] == [False, True]
    assert models[0].second_gain == models[1].second_gain
    assert models[0].second_gain is not None


def test_its_boxes_lie_where_the_first_source_has_none(without: LearnedClass, with_it: LearnedClass) -> None:
    first, both = without.proposals.candidates, with_it.proposals.candidates
    added = both.source == SOURCES.index("second")
    assert added.any()
    assert not first.second.any()
    assert both.second.any()
    assert np.abs(both.second).max() <= DEFAULTS.second_source.clip
    for image, rows in both.spans().items():
        mine, usual = both.take(rows), first.take(first.spans()[image])
        np.testing.assert_array_equal(mine.take(mine.source != SOURCES.index("second")).xyxy, usual.xyxy)
        own = mine.xyxy[mine.source == SOURCES.index("second")]
        assert len(own) <= DEFAULTS.second_source.most_candidates
        assert iou(own, usual.xyxy).max(initial=0.0) < DEFAULTS.proposals.agree


def test_its_head_tells_discs_from_squares(with_it: LearnedClass, scenes: list[Scene]) -> None:
    second = with_it.proposals.model.second
    assert second is not None
    by_second = with_it.features.by_second()
    for image, scene in zip(with_it.run.job.targets, scenes[4:7], strict=True):
        dense = by_second.dense(image)
        discs, squares = (second.logits(dense, as_boxes(boxes)) for boxes in (scene.discs, scene.squares))
        assert discs.min() > squares.max()


def test_a_file_keeps_it(with_it: LearnedClass, tmp_path: Path) -> None:
    learned = with_it.proposals.model
    about = {"name": "disc", "seed": 0, "budget": "fast", "detector": "a", "encoder": "b", "second": "c", "weights": []}
    serialization.save(tmp_path, CLASS, learned, about)
    file = tmp_path / f"class-{CLASS}.npz"
    facts = json.loads(file.with_suffix(".json").read_text())
    model = serialization.load(StoredModel(CLASS, file, sha256_of(file), facts))
    assert (model.second_gain, len(model.verifier.fusion.weight)) == (learned.second_gain, SIGNALS + 1)
    image, features = with_it.run.job.targets[0], with_it.features
    looks = features.at(model.input_size).dense(image), image.id, features.by_second().dense(image)
    for name in Candidates.__slots__:
        np.testing.assert_array_equal(getattr(model.propose(*looks), name), getattr(learned.propose(*looks), name))


def test_a_file_without_it_is_as_it_was(without: LearnedClass) -> None:
    arrays = serialization.model_arrays(without.proposals.model)
    assert not [name for name in arrays if name.startswith("second_")]
    assert arrays["fusion_weight"].shape == (SIGNALS,)


def test_a_run_goes_on_where_its_weights_cannot_be_had(
    learn: Callable[[float], LearnedClass], without: LearnedClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, *_given: object) -> None:
        raise WeightsUnavailable(name, [])

    resolve = weights.resolve
    monkeypatch.setattr(weights, "resolve", lambda name, *rest: (refuse if "world" in name else resolve)(name, *rest))
    alone = learn(ALWAYS)
    assert (alone.proposals.model.second, alone.proposals.model.second_gain) == (None, None)
    np.testing.assert_array_equal(alone.proposals.candidates.xyxy, without.proposals.candidates.xyxy)
