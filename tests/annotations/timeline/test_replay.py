"""What an image held at a moment: each verb by itself, what is older than the history, and all of it against the
database.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.boxes.actions import apply_changes
from annotations.models import BoxHistory
from annotations.timeline import past
from annotations.timeline.actions import restore_moment
from annotations.timeline.replay import Row, replayed
from annotations.versions.blocks import BoxState
from annotations.versions.restoring import Labels, read_labels
from projects.models import Project
from tests import factories

A, B = bytes(16), bytes([1] * 16)
HERE, THERE = (1.0, 1.0, 9.0, 9.0), (5.0, 5.0, 20.0, 20.0)
CAT, DOG = 1, 2
NOTHING = Labels((), frozenset())


def labels(*boxes: BoxState, complete: tuple[int, ...] = ()) -> Labels:
    return Labels(boxes, frozenset(complete))


def box(key: bytes = A, label: int = CAT, xyxy: Any = HERE, author: int = 7, origin: str = "person") -> BoxState:
    return BoxState(key, label, xyxy, author, origin)


def row(id: int, verb: str, key: bytes | None = A, xyxy: Any = HERE, label: int = CAT, version: int = 0) -> Row:
    return Row(id, verb, version or id, 7, label, key, xyxy if key is not None else None)


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        ([], NOTHING),
        ([row(1, "created")], labels(box())),
        ([row(1, "imported")], labels(box(origin="import"))),
        ([row(1, "accepted")], labels(box(origin="suggestion"))),
        ([row(1, "created"), row(2, "changed", xyxy=THERE, label=DOG)], labels(box(xyxy=THERE, label=DOG))),
        ([row(1, "created"), row(2, "deleted")], NOTHING),
        ([row(1, "imported"), row(2, "deleted"), row(3, "restored")], labels(box(origin="import"))),
        ([row(1, "created"), row(2, "created", B, THERE)], labels(box(), box(B, xyxy=THERE))),
        ([row(1, "created"), row(2, "answered")], labels(box())),
        ([row(1, "completed", None)], labels(complete=(CAT,))),
        ([row(1, "completed", None), row(2, "reopened", None)], NOTHING),
    ],
)
def test_after_all_rows(rows: list[Row], after: Labels) -> None:
    rows = [one for one in rows if one.verb != "answered"]  # it speaks of a suggestion, and is not read
    assert replayed(rows, 99, after)[0] == after
    assert replayed(rows, 0, after)[0] == NOTHING


def test_what_is_older_than_the_history_was_there_before_it() -> None:
    """A box that no row tells of was always there; one that is first told of when it changed or went, was as that row
    says.
    """
    rows = [row(5, "changed", B, THERE), row(6, "reopened", None), row(7, "deleted", B, THERE)]
    present = labels(box(author=3, origin="import"), complete=(DOG,))
    before = replayed(rows, 0, present)[0]
    assert [(one.key, one.xyxy, one.author) for one in before.boxes] == [(A, HERE, 3), (B, THERE, 0)]
    assert before.complete == {CAT, DOG}
    assert replayed(rows, 7, present)[0] == present


@pytest.mark.parametrize(
    ("moment", "kinds"), [(0, []), (1, ["added"]), (3, ["moved", "added"]), (4, ["removed"]), (9, []), (5, [])]
)
def test_what_one_save_changed(moment: int, kinds: list[str]) -> None:
    rows = [
        row(1, "created"), row(2, "changed", xyxy=THERE, version=2), row(3, "created", B, version=2),
        row(4, "deleted", B, version=3), row(5, "completed", None, version=4),
    ]  # fmt: skip
    assert [one.kind for one in replayed(rows, moment, labels(box(xyxy=THERE)))[1]] == kinds


corners = st.tuples(*[st.integers(0, 20)] * 2, *[st.integers(30, 40)] * 2).map(lambda edges: [*map(float, edges)])
STEP = st.one_of(
    st.tuples(st.just("create"), st.integers(0, 3), st.integers(0, 1), corners),
    st.tuples(st.just("update"), st.integers(0, 3), st.integers(0, 1), corners),
    st.tuples(st.just("delete"), st.integers(0, 3), st.just(0), corners),
    st.tuples(st.just("complete"), st.integers(0, 1), st.integers(0, 1), corners),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saves=st.lists(st.lists(STEP, min_size=1, max_size=4), max_size=6), chosen=st.integers(0, 6))
def test_the_history_tells_every_state_that_there_was(saves: list[list[Any]], chosen: int, project: Project) -> None:
    """Of whatever people did: after each save the image held what the history says, at its end what it holds now, and
    any of it comes back.
    """
    owner, image = project.created_by, factories.make_image(project)
    classes = [factories.make_class(project) for _n in range(2)]
    keys = [str(uuid.uuid4()) for _n in range(4)]
    there: set[str] = set()
    held = [(0, read_labels([image.pk])[image.pk])]
    for save in saves:
        changes = []
        for op, which, label, xyxy in save:
            if op == "complete":
                changes.append({"op": op, "class": classes[label].pk, "value": bool(which)})
                continue
            key = keys[which]
            if (op == "create") == (key in there):
                continue
            about = {"id": key, "class": classes[label].pk, "xyxy": xyxy} if op != "delete" else {"id": key}
            changes.append({"op": op, **about})
            there = there - {key} if op == "delete" else there | {key}
        image.version = apply_changes(owner, image, seen=image.version, changes=changes).version
        last = BoxHistory.objects.filter(image=image).order_by("-id").values_list("id", flat=True).first()
        held.append((last or 0, read_labels([image.pk])[image.pk]))
    states = {moment: past.at_moment(image, moment).labels for moment, _labels in held}
    for moment, was in held:
        found = states[moment]
        assert found.complete == was.complete
        assert {one[:3] for one in found.boxes} == {one[:3] for one in was.boxes}
    moment, was = held[chosen % len(held)]
    restored = restore_moment(owner, image, seen=image.version, moment=moment)
    assert {(box.id.bytes, box.label_id, box.xyxy) for box in restored.boxes} == {one[:3] for one in was.boxes}
    assert frozenset(restored.complete) == was.complete


def test_what_is_said_of_a_box_is_as_it_was() -> None:
    rows = [row(1, "created"), row(2, "changed")._replace(flags=5), row(3, "changed", xyxy=THERE)._replace(flags=5)]
    now = labels(box(xyxy=THERE)._replace(flags=5))
    assert [replayed(rows, moment, now)[0].boxes[0].flags for moment in (1, 2, 3)] == [0, 5, 5]
    assert [one.kind for one in replayed(rows, 2, now)[1]] == ["flagged"]
