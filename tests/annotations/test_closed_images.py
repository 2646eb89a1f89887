"""What others have handed in, or label apart, no bulk action and no import changes, but a reviewer's."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.closed_images import closed_to
from annotations.gallery import completion
from annotations.models import Box, CheckImage, Complete, ImageTag, WorkImage, WorkJob
from annotations.tags.actions import set_tag
from projects.models import Image, Project, Role, User
from tests import factories
from tests.annotations.imports.made import HEIGHT, WIDTH, coco, imported

pytestmark = pytest.mark.django_db

State = WorkImage.State


@pytest.fixture
def image(project: Project) -> Image:
    project.workflow = True
    project.save()
    factories.make_class(project, name="cat")
    return factories.make_image(project, name="a.jpg", width=WIDTH, height=HEIGHT)


def hand_out(image: Image, state: str, **fields: Any) -> None:
    job = WorkJob.objects.create(project=image.project, name="job", **fields)
    WorkImage.objects.create(job=job, image=image, position=0, state=state)


def actor_of(project: Project, role: str) -> User:
    return project.created_by if role == Role.OWNER else factories.make_member(project, role)


CASES = [
    (Role.ANNOTATOR, State.TODO, {}, False),
    (Role.ANNOTATOR, State.STARTED, {}, False),
    (Role.ANNOTATOR, State.SUBMITTED, {}, True),
    (Role.ANNOTATOR, State.FINAL, {}, True),
    (Role.ANNOTATOR, State.STARTED, {"overlap": 2}, True),
    (Role.REVIEWER, State.SUBMITTED, {}, False),
    (Role.OWNER, State.FINAL, {}, False),
]


@pytest.mark.parametrize(("role", "state", "fields", "closed"), CASES)
def test_what_is_closed_to_whom(
    project: Project, image: Image, role: str, state: str, fields: dict[str, Any], closed: bool
) -> None:
    hand_out(image, state, **fields)
    actor = actor_of(project, role)
    assert closed_to(actor, project, [image.pk]) == ({image.pk} if closed else set())
    changed = completion.set_complete(actor, project, [image.pk], list(project.classes.all()), value=True)
    assert (changed.count, Complete.objects.count()) == ((0, 0) if closed else (1, 1))
    project.tags.create(name="night")
    assert set_tag(actor, project, [image.pk], "night", value=True).images == ([] if closed else [image.pk])
    assert ImageTag.objects.count() == int(not closed)


@pytest.mark.parametrize(("role", "state", "fields", "closed"), CASES)
def test_an_import_leaves_out_what_is_closed_and_says_so(
    project: Project, image: Image, role: str, state: str, fields: dict[str, Any], closed: bool
) -> None:
    hand_out(image, state, **fields)
    job = imported(project, "labels.json", coco({"a.jpg": [("cat", 1, 1, 20, 20)]}), actor_of(project, role))
    assert job.phase == "done"
    assert Box.objects.count() == int(not closed)
    said = [(row["file"], "reviewer" in row["what"]) for row in job.problems]
    assert said == ([("a.jpg", True)] if closed else [])


def test_a_check_image_is_closed_to_who_is_checked(project: Project, image: Image) -> None:
    CheckImage.objects.create(image=image)
    assert closed_to(factories.make_member(project, Role.ANNOTATOR), project, [image.pk]) == {image.pk}
    assert closed_to(project.created_by, project, [image.pk]) == set()


def test_without_a_workflow_nothing_is_closed(project: Project, image: Image, django_assert_num_queries: Any) -> None:
    hand_out(image, State.FINAL)
    project.workflow = False
    actor = factories.make_member(project, Role.ANNOTATOR)
    with django_assert_num_queries(0):
        assert closed_to(actor, project, [image.pk]) == set()
