"""Shots that people take out: remembered, undone, audited, and not learned from; the box itself stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Box, Complete
from projects.errors import Refusal
from projects.models import AuditEntry, Project
from tests import factories
from tests.training.conftest import Bench
from training import shots
from training.models import LeftOut
from training.runner import jobfile

SignIn = Callable[[str | None], Client]


def written(bench: Bench) -> dict[int, dict[str, Any]]:
    """The images of the job of a new run, by id."""
    run = bench.start()
    job = json.loads(jobfile.prepare(run, lambda: None).path.read_text(encoding="utf-8"))
    return {row["id"]: row for row in job["images"]}


def test_what_was_taken_out_is_not_learned_from_and_stays(bench: Bench) -> None:
    other = factories.make_box(bench.images[0], bench.label, (100, 100, 160, 160))
    Complete.objects.create(image=bench.images[0], label=bench.label)
    shots.leave_out(bench.owner, other)
    image = written(bench)[bench.images[0].pk]
    assert [box["xyxy"] for box in image["boxes"]] == [[10, 10, 60, 60]]
    assert image["complete_for"] == [bench.label.pk]
    assert [region["xyxy"] for region in image["regions"]] == [[100, 100, 160, 160]]  # whose place is not empty
    assert not image["target"]
    assert Box.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("undone_by", ["use_again", "relabel"])
def test_it_is_an_example_again(undone_by: str, bench: Bench) -> None:
    other = factories.make_box(bench.images[0], bench.label, (100, 100, 160, 160))
    shots.leave_out(bench.owner, other)
    if undone_by == "use_again":
        shots.use_again(bench.owner, other)
    else:
        other.label = factories.make_class(bench.project)
        other.save()
    assert len(written(bench)[bench.images[0].pk]["boxes"]) == 2


def test_both_verbs_are_audited_once(bench: Bench) -> None:
    for verb in (shots.leave_out, shots.leave_out, shots.use_again, shots.use_again):
        verb(bench.owner, bench.shot)
    verbs = list(AuditEntry.objects.filter(verb__startswith="shot.").order_by("id").values_list("verb", flat=True))
    assert verbs == ["shot.left_out", "shot.used_again"]


def test_a_class_without_an_example_is_refused(bench: Bench) -> None:
    shots.leave_out(bench.owner, bench.shot)
    with pytest.raises(Refusal, match="no box yet"):
        bench.start()


def test_odd_ones_come_first_then_those_left_out(bench: Bench) -> None:
    odd, out = (factories.make_box(bench.images[0], bench.label) for _ in range(2))
    shots.leave_out(bench.owner, out)
    found = shots.rows(shots.Shots(bench.label.pk, [str(odd.pk)])[0:50])
    assert [(row["box"].pk, row["odd"], row["out"]) for row in found] == [
        (odd.pk, True, False), (out.pk, False, True), (bench.shot.pk, False, False),
    ]  # fmt: skip


@pytest.mark.parametrize(("begin", "end"), [(0, 1), (0, 3), (1, 4), (2, 5), (4, 5), (5, 9)])
def test_pages_of_shots_join_without_a_gap(begin: int, end: int, bench: Bench) -> None:
    odd = [factories.make_box(bench.images[0], bench.label) for _ in range(2)]
    for _ in range(2):
        factories.make_box(bench.images[0], bench.label)
    found = shots.Shots(bench.label.pk, [str(box.pk) for box in odd])
    assert len(found) == 5
    assert [box.pk for box in found[begin:end]] == [box.pk for box in found[0:5]][begin:end]
    assert {box.pk for box in found[0:2]} == {box.pk for box in odd}


@pytest.mark.parametrize("name", ["api-shot-leave-out", "api-shot-use-again"])
@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("stranger", 404), ("viewer", 403), ("annotator", 200), ("owner", 200)]
)
def test_who_may(name: str, role: str | None, status: int, project: Project, client_as: SignIn) -> None:
    box = factories.make_box(factories.make_image(project), factories.make_class(project))
    assert client_as(role).post(reverse(name, args=[box.pk])).status_code == status
    assert LeftOut.objects.exists() == (status == 200 and name == "api-shot-leave-out")
