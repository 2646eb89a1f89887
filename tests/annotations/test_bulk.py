"""Rows written from plain values are as those of instances, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.bulk import insert_rows, update_rows
from annotations.models import Box
from projects.models import Image
from tests import factories

pytestmark = pytest.mark.django_db
COLUMNS = (
    "id", "image_id", "label_id", "x1", "y1", "x2", "y2", "flags", "attributes", "author_id", "origin", "created_at",
    "updated_at",
)  # fmt: skip


def row(image: Image, **changes: Any) -> dict[str, Any]:
    now = timezone.now()
    known = {"id": uuid4(), "image_id": image.pk, "label_id": factories.make_class(image.project, "cat").pk}
    places = {"x1": 0.1, "y1": 2.0, "x2": 1 / 3, "y2": 1e-7}
    rest = {"flags": 3, "attributes": {}, "author_id": None, "origin": "import", "created_at": now, "updated_at": now}
    return known | places | rest | changes


@pytest.mark.parametrize(
    "attributes",
    [{}, {"colour": "빨강\t\\N\n", "worn": True, "age": 1.5}, {"nothing": ""}],
    ids=["none", "texts", "empty"],
)
def test_rows_come_back_as_they_went_in(attributes: dict[str, Any]) -> None:
    wanted = row(factories.make_image(factories.make_project()), attributes=attributes)
    insert_rows(Box, COLUMNS, [[wanted[name] for name in COLUMNS]])
    box = Box.objects.get(pk=wanted["id"])
    assert {name: getattr(box, name) for name in COLUMNS} == wanted


def test_a_row_twice_is_an_error_of_the_database() -> None:
    wanted = row(factories.make_image(factories.make_project()))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Box, COLUMNS, [[wanted[name] for name in COLUMNS]] * 2)
    assert not Box.objects.exists()


def test_new_values_reach_their_rows_alone() -> None:
    image = factories.make_image(factories.make_project())
    wanted = row(image)
    other = wanted | {"id": uuid4()}
    insert_rows(Box, COLUMNS, [[one[name] for name in COLUMNS] for one in (wanted, other)])
    update_rows(
        Box, ("x1", "attributes", "author_id"), [(wanted["id"], 0.3, {"worn": True}, image.project.created_by_id)]
    )
    box, same = Box.objects.get(pk=wanted["id"]), Box.objects.get(pk=other["id"])
    assert (box.x1, box.attributes, box.author_id) == (0.3, {"worn": True}, image.project.created_by_id)
    assert {name: getattr(same, name) for name in COLUMNS} == other
