"""Self-training: only common classes, only sure images, never from what people spoke of; and the whole of it on
scenes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here, shot, target
from training.engine.core.boxes import as_boxes, iou
from training.engine.stages.self_training import ImageFinds, is_common, training_images
from training.engine.tuning import DEFAULTS
from training.protocol import job_file
from training.protocol.job import JobBox, JobImage
from training.protocol.stages import plan

BOX = JobBox(None, 7, (0.0, 0.0, 5.0, 5.0))


def finds(
    number: int,
    *probability: float,
    boxes: tuple[JobBox, ...] = (),
    rejected: tuple[JobBox, ...] = (),
    complete: tuple[int, ...] = (),
) -> ImageFinds:
    image = JobImage(number, Path("/a.png"), None, None, None, True, boxes, rejected, frozenset(complete))
    xyxy = as_boxes([[place * 20, 0, place * 20 + 10, 10] for place in range(len(probability))])
    return ImageFinds(image, xyxy, np.array(probability, dtype=np.float32))


@pytest.mark.parametrize(
    ("several", "common"),
    [
        ([finds(1, 0.9), finds(2, 0.2)], True),
        ([finds(1, 0.9), *(finds(n, 0.3) for n in range(2, 5))], True),
        ([finds(1, 0.9), *(finds(n, 0.3) for n in range(2, 6))], False),
        ([finds(1), finds(2)], False),
        ([*(finds(n, 0.97) for n in range(1, 7)), *(finds(n, 0.55) for n in range(7, 41))], False),
        ([*(finds(n, 0.97) for n in range(1, 25)), *(finds(n, 0.55) for n in range(25, 41))], True),
        ([], False),
    ],
    ids=["half", "a quarter", "less", "nowhere", "a crowd of look-alikes", "more sure ones than others", "no image"],
)
def test_only_a_class_that_many_images_hold_is_common(several: list[ImageFinds], common: bool) -> None:
    assert is_common(several, 0.5, DEFAULTS) is common


@pytest.mark.parametrize(
    ("several", "ids"),
    [
        ([finds(n, 0.5 + n / 20) for n in range(1, 6)], [5, 4, 3, 2, 1]),
        ([finds(n, 0.9) for n in range(1, 4)], []),
        (
            [*(finds(n, 0.9) for n in range(1, 5)), finds(5, 0.99, boxes=(BOX,)), finds(6, 0.99, rejected=(BOX,))],
            [1, 2, 3, 4],
        ),
        ([*(finds(n, 0.9) for n in range(1, 5)), replace(finds(5, 0.99), contested=True)], [1, 2, 3, 4]),
        ([*(finds(n, 0.9) for n in range(1, 5)), finds(5, 0.99, complete=(7,))], [1, 2, 3, 4]),
        ([*(finds(n, 0.9) for n in range(1, 5)), finds(5, 0.3)], [1, 2, 3, 4]),
        ([finds(n, 0.9) for n in range(1, 21)], list(range(1, DEFAULTS.self_training.most + 1))),
    ],
    ids=[
        "surest first", "too few", "people spoke", "another class claims it", "said to be complete", "nothing likely",
        "not too many",
    ],
)  # fmt: skip
def test_the_surest_images_train(several: list[ImageFinds], ids: list[int]) -> None:
    assert [one.image.id for one in training_images(several, 0.5, DEFAULTS.self_training)] == ids


def test_a_labelled_image_holds_what_is_likely() -> None:
    labelled = finds(3, 0.9, 0.4).as_labelled(7, 0.5)
    assert [box.xyxy for box in labelled.boxes] == [(0.0, 0.0, 10.0, 10.0)]
    assert labelled.complete_for == {7}


def test_shots_of_two_images_are_joined_by_sure_finds(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path: Path
) -> None:
    def label(name: str) -> Outcome:
        images = [shot(place + 1, scenes[place]) for place in (1, 3)]
        images += [shot(place + 1, scenes[place]) for place in (0,)]
        images += [target(place + 1, scene) for place, scene in enumerate(scenes[:11]) if place not in (0, 1, 3)]
        return run_here(make_job(tmp_path / name, images))

    done = label("one")
    assert done.code == 0
    assert "relearnt" in [event["code"] for event in done.of("log")], "sure finds taught nothing"
    stages = [event["stage"] for event in done.of("stage") if event["state"] == "finished"]
    assert stages == ["prepare", "propose", "verify", "self_training", "suggest"]
    assert [stage.name for stage in plan(job_file.load(done.workdir / "job.json"))] == stages
    percents = [event["percent"] for event in done.of("progress")]
    assert percents == sorted(percents)
    hits = wrong = truths = 0
    for image in done.suggestions["images"]:
        discs = as_boxes(scenes[image["id"] - 1].discs)
        truths += len(discs)
        for one in image["suggestions"]:
            found = bool(iou(as_boxes([one["xyxy"]]), discs).max() >= 0.5)
            hits, wrong = hits + found, wrong + (not found)
            assert {near["image_id"] for near in one["neighbours"]} <= {1, 2, 4}, "evidence is people's shots"
    assert hits >= 0.7 * truths
    assert wrong <= 0.3 * truths
    assert label("two").suggestions["images"] == done.suggestions["images"]
