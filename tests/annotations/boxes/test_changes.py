"""The changes that a client asks for: what is read, and what is refused with the place named."""

import uuid
from typing import Any

import pytest

from annotations.boxes import changes
from projects.errors import Refusal

ID = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([], []),
        (
            [{"op": "create", "id": ID, "class": 3, "xyxy": [1, 2, 30, 40]}],
            [changes.Create(uuid.UUID(ID), 3, (1, 2, 30, 40))],
        ),
        (
            [{"op": "create", "id": ID, "class": 3, "xyxy": [-5, -5, 1000, 1000]}],  # cut at the edges
            [changes.Create(uuid.UUID(ID), 3, (0, 0, 100, 50))],
        ),
        ([{"op": "update", "id": ID, "class": 4}], [changes.Update(uuid.UUID(ID), 4, None)]),
        ([{"op": "update", "id": ID, "xyxy": [0, 0, 9, 9]}], [changes.Update(uuid.UUID(ID), None, (0, 0, 9, 9))]),
        ([{"op": "delete", "id": ID}], [changes.Delete(uuid.UUID(ID))]),
        ([{"op": "complete", "class": 1, "value": True}], [changes.SetComplete(1, True)]),
        ([{"op": "accept", "suggestion": 8, "id": ID}], [changes.Accept(8, uuid.UUID(ID), None, None)]),
        (
            [{"op": "reject", "suggestion": 8}, {"op": "reopen", "suggestion": 9}],
            [changes.Reject(8), changes.Reopen(9)],
        ),
    ],
)
def test_parse(raw: Any, expected: list[changes.Change]) -> None:
    assert changes.parse(raw, width=100, height=50) == expected


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"op": "create"}, "changes"),
        ("create", "changes"),
        ([{"op": "delete", "id": ID}] * 2001, "changes"),
        (["x"], "changes[0]"),
        ([{"op": "paint"}], "changes[0].op"),
        ([{"op": "delete", "id": "7"}], "changes[0].id"),
        (
            [{"op": "delete", "id": ID}, {"op": "create", "id": ID, "class": "dog", "xyxy": [0, 0, 9, 9]}],
            "changes[1].class",
        ),
        ([{"op": "create", "id": ID, "class": True, "xyxy": [0, 0, 9, 9]}], "changes[0].class"),
        ([{"op": "create", "id": ID, "class": 1, "xyxy": [0, 0, 9]}], "changes[0].xyxy"),
        ([{"op": "create", "id": ID, "class": 1, "xyxy": [0, 0, 9, float("nan")]}], "changes[0].xyxy"),
        ([{"op": "create", "id": ID, "class": 1, "xyxy": [0, 0, 9, "9"]}], "changes[0].xyxy"),
        ([{"op": "create", "id": ID, "class": 1, "xyxy": [200, 0, 300, 9]}], "changes[0].xyxy"),  # outside the image
        ([{"op": "create", "id": ID, "class": 1, "xyxy": [5, 5, 5.5, 20]}], "changes[0].xyxy"),  # thinner than a pixel
        ([{"op": "complete", "class": 1, "value": 1}], "changes[0].value"),
        ([{"op": "accept", "id": ID}], "changes[0].suggestion"),
    ],
)
def test_parse_refuses_and_names_the_place(raw: Any, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        changes.parse(raw, width=100, height=50)
    assert refusal.value.field == field
    assert refusal.value.detail.endswith(".")
