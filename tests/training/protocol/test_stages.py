"""Which stages a job runs, in which order; and that names of earlier versions are understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.protocol import stages
from training.protocol.job import Job, JobBox, JobImage, Train

FEW = ["prepare", "propose", "verify", "self_training", "suggest"]
MANY = ["prepare", "propose", "verify", "suggest"]


def job(kind: str, mode: str, images: int, boxes: int) -> Job:
    several = tuple(
        JobImage(
            number, Path("/a.png"),
            boxes=tuple(JobBox(None, 7, (0, 0, 1, place + 1.0)) for place in range(boxes // images))
        )
        for number in range(images)
    )  # fmt: skip
    here = Path("/w")
    return Job("r", kind, here, here, here, {7: "disc"}, several, train=Train(mode))


@pytest.mark.parametrize(
    ("kind", "mode", "images", "boxes", "names"),
    [
        ("autolabel", "never", 4, 40, MANY),
        ("autolabel", "never", 3, 40, FEW),
        ("autolabel", "auto", 4, 16, MANY),
        ("autolabel", "auto", 4, 20, [*MANY, "train"]),
        ("autolabel", "always", 1, 1, [*FEW, "train"]),
        ("detect", "always", 4, 40, ["prepare", "detect"]),
        ("similar", "auto", 4, 40, ["index", "search"]),
    ],
)
def test_a_job_runs_what_it_needs(kind: str, mode: str, images: int, boxes: int, names: list[str]) -> None:
    assert [stage.name for stage in stages.plan(job(kind, mode, images, boxes))] == names


@pytest.mark.parametrize(
    ("kind", "mode", "names"),
    [
        ("autolabel", "never", MANY),
        ("autolabel", "auto", MANY),
        ("autolabel", "always", [*MANY, "train"]),
        ("detect", "", ["prepare", "detect"]),
        ("unknown", "", []),
    ],
)
def test_before_there_is_a_job_only_what_is_certain_is_said(kind: str, mode: str, names: list[str]) -> None:
    assert [stage.name for stage in stages.certain(kind, mode)] == names


def test_suggestions_come_before_training_and_training_before_measuring() -> None:
    parts = [stage.part for stage in stages.AUTOLABEL]
    assert parts == [stages.SUGGESTIONS] * 5 + [stages.TRAINING, stages.MEASURING]


def test_names_of_earlier_versions_are_understood() -> None:
    old = ["train", "relearn", "source", "prepare", "suggest", "verify", "odd"]
    assert stages.in_order(old) == [*FEW, "train"]
