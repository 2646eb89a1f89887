"""A project that works in jobs, with two annotators and a reviewer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from annotations.models import WorkImage
from annotations.work import actions
from projects.models import Image, Project, User
from tests import factories


@dataclass
class Team:
    project: Project
    owner: User
    ann: User
    bo: User
    reviewer: User
    images: list[Image]

    def hand_out(self, *people: User, count: int = 4, **wanted: object) -> actions.HandOut:
        ids = [image.pk for image in self.images[:count]]
        return actions.hand_out(
            self.owner, self.project, ids,
            actions.JobRequest(name="job", people=people, **wanted)  # type: ignore[arg-type]
        )  # fmt: skip

    def state(self, image: Image) -> str:
        return WorkImage.objects.get(image=image).state


@pytest.fixture
def team(db: None) -> Team:
    project = factories.make_project(workflow=True)
    owner = project.created_by
    assert owner is not None
    people = [factories.make_member(project, role) for role in ("annotator", "annotator", "reviewer")]
    return Team(project, owner, *people, [factories.make_image(project) for _ in range(4)])
