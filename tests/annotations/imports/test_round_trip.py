"""What an export of the live project says of completeness comes in elsewhere."""

from __future__ import annotations

import pytest

from annotations.exports import actions as exports
from annotations.exports.export import export
from annotations.exports.serializers import parse
from annotations.models import Complete
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import imported

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("format", ["coco", "label_studio", "csv"])
def test_completeness_goes_out_and_comes_in(format: str, project: Project) -> None:
    owner, label = project.created_by, factories.make_class(project, "cat")
    done, open_one = (factories.make_image(project, name=name) for name in ("done.jpg", "open.jpg"))
    for image in (done, open_one):
        factories.make_box(image, label)
    Complete.objects.create(image=done, label=label, by=owner)
    choice = parse({"format": format, "images": "1", "unfinished": "1"})
    data = b"".join(export(exports.select(owner, project, choice), choice).chunks)
    other = factories.make_project(owner)
    factories.make_class(other, "cat")
    imported(other, "set.zip", data, complete="file")
    assert list(Complete.objects.filter(image__project=other).values_list("image__name", flat=True)) == ["done.jpg"]
