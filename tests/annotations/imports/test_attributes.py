"""What boxes say beside their class, and tags, leave a project in a file and come into another one the same; undone
they go.
"""

from __future__ import annotations

import pytest

from annotations.exports import actions as exports
from annotations.exports.export import export
from annotations.exports.serializers import parse
from annotations.models import Box, ImageTag, LabelClass, Tag
from projects.models import Project, Role
from tests import factories
from tests.annotations.imports.made import imported, undone

pytestmark = pytest.mark.django_db

ASKED = [
    {"name": "colour", "kind": "choice", "choices": ["red", "dark, blue"], "default": "red", "required": True},
    {"name": "doors", "kind": "number", "choices": [], "default": None, "required": False},
    {"name": "taxi", "kind": "yes_no", "choices": [], "default": False, "required": False},
    {"name": "메모", "kind": "text", "choices": [], "default": None, "required": False},
]
SAID = [{"colour": "dark, blue", "doors": 2.5, "taxi": True, "메모": "두\n줄 & <b>"}, {"taxi": False, "doors": 3}, {}]


def file_of(project: Project, format: str) -> bytes:
    choice = parse({"format": format, "unfinished": "1"})
    return b"".join(export(exports.select(project.created_by, project, choice), choice).chunks)


def described(project: Project) -> Project:
    label = factories.make_class(project, "car", attributes=ASKED)
    image = factories.make_image(project, name="a.jpg", width=100, height=80)
    for n, said in enumerate(SAID):
        factories.make_box(image, label, (10 * n, 1, 10 * n + 9, 9), attributes=said)
    tag = Tag.objects.create(project=project, name="밤 & rain")
    ImageTag.objects.create(image=image, tag=tag)
    return project


def held(project: Project) -> list[dict[str, object]]:
    return list(Box.objects.filter(image__project=project).order_by("x1").values_list("attributes", flat=True))


@pytest.mark.parametrize(
    ("format", "suffix"), [("coco", "json"), ("cvat", "xml"), ("label_studio", "json"), ("csv", "csv"), ("voc", "zip")]
)
def test_they_go_out_and_come_in(format: str, suffix: str, project: Project) -> None:
    data = file_of(described(project), format)
    other = factories.make_project(project.created_by)
    image = factories.make_image(other, name="a.jpg", width=100, height=80)
    job = imported(other, f"x.{suffix}", data)
    assert (job.notices, job.problems) == ([], [])
    assert held(other) == SAID
    assert [found.tag.name for found in image.tagged.all()] == ([] if format == "voc" else ["밤 & rain"])
    if format == "coco":
        assert LabelClass.objects.get(project=other).attributes == ASKED
    undone(job)
    assert (held(other), image.tagged.count()) == ([], 0)


def test_who_may_not_change_classes_brings_what_they_ask_for(project: Project) -> None:
    data = file_of(described(project), "coco")
    other = factories.make_project()
    annotator = factories.make_member(other, Role.ANNOTATOR)
    factories.make_class(other, "car", attributes=[ASKED[1]])
    factories.make_image(other, name="a.jpg", width=100, height=80)
    job = imported(other, "x.json", data, annotator)
    assert held(other) == [{"doors": 2.5}, {"doors": 3}, {}]
    assert (job.counts["attributes_left"], job.counts["tags_left"], len(job.notices)) == (4, 1, 2)
