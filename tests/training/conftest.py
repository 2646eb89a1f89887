"""A project with shots and images to label, and an engine that fails on demand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from annotations.models import Box, LabelClass
from projects.models import Image, Project, User
from tests import factories
from training.models import Run
from training.runs import actions

STANDIN = Path(__file__).with_name("standin.py")


@dataclass
class Bench:
    """What most tests here need."""

    owner: User
    project: Project
    label: LabelClass
    shot: Box
    images: list[Image]

    def start(self, **asked: object) -> Run:
        return actions.start_run(
            self.owner,
            self.project,
            **{"kind": "autolabel", "classes": [self.label.pk]} | asked,  # type: ignore[arg-type]
        )


def make_bench(images: int = 3) -> Bench:
    project = factories.make_project()
    label = factories.make_class(project, name="mushroom")
    made = [factories.make_image(project, width=640, height=480) for _ in range(images)]
    shot = factories.make_box(made[0], label, (10, 10, 60, 60))
    assert project.created_by is not None
    return Bench(project.created_by, project, label, shot, made)


@pytest.fixture
def bench(db: None) -> Bench:
    return make_bench()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`engine("crash")`: from now on runs meet the stand-in engine in that mode."""

    def choose(mode: str) -> None:
        monkeypatch.setenv("LABELHUB_ENGINE_COMMAND", f"{sys.executable} {STANDIN} {mode}")

    return choose
