"""A project back to a version, and back again: exact, as new history, with people's later work left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.classes.actions import delete_class
from annotations.models import Box, BoxHistory, Complete, DatasetVersion, Restore, Suggestion
from annotations.versions import restores
from annotations.versions.actions import Reason, make_version, version_of_now
from annotations.versions.comparisons import changed_images, class_rows, compare, pictures
from projects.bin.actions import delete_dataset, delete_images
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import Dataset, Image, Project
from tests import factories
from tests.annotations.versions.test_versions import contents


@pytest.fixture
def world(project: Project) -> dict[str, Any]:
    """Three images with boxes of two classes, splits and marks, kept as a version."""
    owner = project.created_by
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "dog", position=1)
    images = [factories.make_image(project, name=f"{n}.jpg") for n in "abc"]
    for image in images:
        for label in (cat, dog):
            factories.make_box(image, label, (2, 2, 20, 20 + label.pk % 7), author=owner, origin="import")
    project.images.filter(pk=images[0].pk).update(split="val")
    Complete.objects.create(image=images[0], label=dog, by=owner)
    version = make_version(owner, project, name="first")
    return {"project": project, "owner": owner, "cat": cat, "dog": dog, "images": images, "version": version}


def run(job: Restore) -> Restore:
    restores.run_restore(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.result
    return job


def restored(world: dict[str, Any], dataset: Dataset | None = None) -> Restore:
    return run(restores.start_restore(world["owner"], world["version"], dataset))


def change_much(world: dict[str, Any]) -> None:
    a, b, _c = world["images"]
    box = Box.objects.get(image=a, label=world["cat"])
    box.xyxy, box.label = (1, 1, 9, 9), world["dog"]
    box.save()
    Box.objects.filter(image=b).delete()
    factories.make_box(b, world["dog"], (30, 30, 40, 40))
    world["project"].images.update(split="train")
    Complete.objects.all().delete()
    Complete.objects.create(image=b, label=world["cat"])
    Image.objects.update(version=7)


def test_a_restore_brings_everything_back_as_new_history(world: dict[str, Any]) -> None:
    before, suggestion = contents(world["version"]), factories.make_suggestion(world["images"][0], world["cat"])
    born = dict(Box.objects.values_list("pk", "created_at"))
    change_much(world)
    rows = BoxHistory.objects.count()
    job = restored(world)
    now = version_of_now(world["project"], Reason.COMPARED, None)
    assert contents(now) == before
    assert {k: v for k, v in job.result.items() if v and k != "gone_names"} == {
        "relabelled": 1, "added": 2, "removed": 1, "completed": 1, "reopened": 1, "splits": 3,
    }  # fmt: skip
    assert BoxHistory.objects.count() > rows
    assert set(BoxHistory.objects.filter(verb="restored").values_list("actor", flat=True)) == {world["owner"].pk}
    assert all(box.origin == "import" and box.author == world["owner"] for box in Box.objects.all())
    assert born.keys() == set(Box.objects.values_list("pk", flat=True))
    assert Image.objects.get(pk=world["images"][1].pk).version == 8
    suggestion.refresh_from_db()
    assert suggestion.state == Suggestion.State.PENDING


def test_a_restore_is_undone_as_one_and_later_work_stays(world: dict[str, Any]) -> None:
    change_much(world)
    changed = contents(version_of_now(world["project"], Reason.COMPARED, None))
    job = restored(world)
    Box.objects.filter(image=world["images"][1]).first().delete()
    Image.objects.filter(pk=world["images"][1].pk).update(version=20)
    mine = contents(version_of_now(world["project"], Reason.COMPARED, None))
    back = run(restores.undo_restore(world["owner"], job))
    now = contents(version_of_now(world["project"], Reason.COMPARED, None))
    assert back.result["stayed"] == 1
    assert (now[0], now[1][4], now[2]) == (changed[0], mine[1][4], changed[2])
    with pytest.raises(Conflict):
        restores.undo_restore(world["owner"], job)


def test_a_class_that_is_gone_is_made_again(world: dict[str, Any]) -> None:
    before = contents(world["version"])
    delete_class(world["owner"], world["dog"])
    job = restored(world)
    assert job.result["made"] == 1
    assert contents(version_of_now(world["project"], Reason.COMPARED, None)) == before
    again = compare(world["version"], job.after)
    assert again.figures["boxes"] == {}  # the class has another number, and is the same to people


def test_images_that_are_gone_are_reported_and_newer_ones_stay(world: dict[str, Any]) -> None:
    world["images"][0].delete()
    newer = factories.make_image(world["project"], name="new.jpg")
    factories.make_box(newer, world["cat"])
    job = restored(world)
    assert (job.result["gone"], job.result["gone_names"], job.result["newer"]) == (1, ["a.jpg"], 1)
    assert newer.boxes.count() == 1


@pytest.mark.parametrize("touched", [False, True])
def test_images_in_the_bin_come_back_and_go_there_again(touched: bool, world: dict[str, Any]) -> None:
    before, owner, project = contents(world["version"]), world["owner"], world["project"]
    newer = factories.make_image(project, name="new.jpg")
    Box.objects.filter(image=world["images"][0], label=world["cat"]).delete()
    delete_images(owner, project, [world["images"][0].pk, newer.pk])
    delete_dataset(owner, world["images"][1].dataset)
    job = restored(world)
    assert contents(version_of_now(project, Reason.COMPARED, None)) == before
    assert (job.result["brought"], job.result.get("gone", 0), project.images.count()) == (3, 0, 3)
    if touched:
        factories.make_box(world["images"][0], world["cat"])
    back = run(restores.undo_restore(owner, job))
    assert list(project.images.all()) == ([world["images"][0]] if touched else [])
    assert (project.bin.count() > 0, back.result["stayed"]) == (True, int(touched))


def test_an_image_that_was_uploaded_again_is_found_by_its_hash(world: dict[str, Any]) -> None:
    old = world["images"][0]
    sha256 = old.sha256
    old.delete()
    again = factories.make_image(world["project"], name="a.jpg")
    Image.objects.filter(pk=again.pk).update(sha256=sha256)
    restored(world)
    assert again.boxes.count() == 2


def test_one_dataset_is_restored_alone(world: dict[str, Any]) -> None:
    other = Dataset.objects.create(project=world["project"], name="Other")
    Image.objects.filter(pk=world["images"][1].pk).update(dataset=other)
    Box.objects.all().delete()
    Image.objects.update(version=9)
    restored(world, other)
    assert [image.boxes.count() for image in world["images"]] == [0, 2, 0]


def test_one_restore_at_a_time(world: dict[str, Any]) -> None:
    restores.start_restore(world["owner"], world["version"])
    with pytest.raises(Conflict):
        restores.start_restore(world["owner"], world["version"])


def test_a_restore_whose_worker_died_goes_on(world: dict[str, Any]) -> None:
    change_much(world)
    before = contents(world["version"])
    job = restores.start_restore(world["owner"], world["version"])
    Restore.objects.filter(pk=job.pk).update(state="running", updated_at="2020-01-01T00:00:00Z")
    assert restores.resume_restores() == 1
    run(job)
    assert contents(version_of_now(world["project"], Reason.COMPARED, None)) == before


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_owners_restore(role: str, world: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        restores.start_restore(factories.make_member(world["project"], role), world["version"])


def test_a_dataset_of_another_project_is_refused(world: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        restores.start_restore(world["owner"], world["version"], factories.make_project().datasets.first())


def test_a_comparison_counts_shows_and_is_kept(
    world: dict[str, Any], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    change_much(world)
    world["images"][2].delete()
    now = version_of_now(world["project"], Reason.COMPARED, None)
    found = compare(world["version"], now)
    assert found.figures["boxes"] == {"relabelled": 1, "removed": 4, "added": 1}
    assert [row["name"] for row in class_rows(found)] == ["cat", "dog"]
    assert len(changed_images(found)) == 3
    assert len(changed_images(found, "relabelled")) == 1
    assert compare(world["version"], now).pk == found.pk
    with django_assert_max_num_queries(4):
        shown = pictures(found, changed_images(found))
    assert [(one.there, len(one.same), len(one.different)) for one in shown] == [
        (True, 1, 1),
        (True, 0, 3),
        (False, 0, 2),
    ]
    assert DatasetVersion.objects.count() == 2
