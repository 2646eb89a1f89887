"""The page of splits: a preview that writes nothing, dividing what was previewed, and undo."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from annotations.models import SplitChange
from annotations.splits import jobs
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db
SHARES = {"train": "50", "val": "25", "test": "25", "seed": "3", "keep": "on"}


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_preview_divide_and_undo(project: Project, client_as: Any) -> None:
    label = factories.make_class(project, name="fox")
    for _ in range(8):
        factories.make_box(factories.make_image(project), label)
    client, url = client_as("reviewer"), reverse("splits", args=[project.pk])
    asked = client.get(url, SHARES)
    assert (asked.context["preview"].count, SplitChange.objects.count()) == (8, 0)
    assert [now for _split, _head, now, _was in asked.context["totals"]] == [4, 2, 2, 0]
    form = asked.content.decode().split("/splits/divide/")[1]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.split("</form>")[0]))
    assert client.post(reverse("splits-divide", args=[project.pk]), hidden).url == url
    assert "Waits for the worker" in text(client.get(url))
    change = SplitChange.objects.get()
    jobs.run_step(change.pk)
    assert sorted(project.images.values_list("split", flat=True)) == ["test"] * 2 + ["train"] * 4 + ["val"] * 2
    assert "4 boxes in 4 images" in text(client.get(url))
    client.post(reverse("splits-undo", args=[project.pk, change.pk]))
    assert "Undoing" in text(client.get(url))
    jobs.run_step(change.pk)
    assert set(project.images.values_list("split", flat=True)) == {""}
    assert "Undone" in text(client.get(url))


@pytest.mark.parametrize(("more", "says"), [({"test": "30"}, "100 percent"), ({"val": "x"}, "whole number")])
def test_shares_that_make_no_whole_are_reported(
    project: Project, client_as: Any, more: dict[str, str], says: str
) -> None:
    answer = client_as("owner").get(reverse("splits", args=[project.pk]), SHARES | more)
    assert (answer.context["preview"], says in text(answer)) == (None, True)
    assert client_as("owner").post(reverse("splits-divide", args=[project.pk]), SHARES | more).status_code == 302
    assert not SplitChange.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 403), ("reviewer", 302)])
@pytest.mark.parametrize("name", ["splits-divide", "splits-undo", "splits-cancel"])
def test_who_may_divide_and_undo(name: str, role: str | None, status: int, project: Project, client_as: Any) -> None:
    factories.make_image(project)
    states = {"splits-undo": "done", "splits-cancel": "running"}
    more = [SplitChange.objects.create(project=project, state=states[name], count=1).pk] if name in states else []
    before = list(SplitChange.objects.values("state"))
    answer = client_as(role).post(reverse(name, args=[project.pk, *more]), SHARES)
    assert answer.status_code == status
    assert (list(SplitChange.objects.values("state")) != before) == (role == "reviewer")


def test_who_only_looks_on_sees_what_there_is_and_no_form(project: Project, client_as: Any) -> None:
    answer = client_as("viewer").get(reverse("splits", args=[project.pk]), SHARES)
    assert (answer.status_code, answer.context["preview"]) == (200, None)
    assert 'name="train"' not in answer.content.decode()
