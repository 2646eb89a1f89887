"""Datasets merged, split, moved and copied to another project, rid of near-copies; and each undone as one."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import Http404

from annotations.datasets import actions, jobs
from annotations.datasets.choice import Choice
from annotations.locking import lock_images
from annotations.models import Box, BoxHistory, Comment, Complete, DatasetChange, ImageTag, LabelClass, Tag
from annotations.unit_of_work import UnitOfWork
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, BinEntry, Dataset, Image, Membership, Project, User
from tests import factories

pytestmark = pytest.mark.django_db


def owner(project: Project) -> User:
    assert project.created_by is not None
    return project.created_by


def label_image(image: Image, label: LabelClass, author: User, xyxy: tuple[float, ...] = (4, 4, 24, 24)) -> Box:
    """By the one writer, with its history."""
    unit = UnitOfWork(author, lock_images([image.pk]).values())
    box = Box(image=unit.images[image.pk], label=label, author=author)
    box.xyxy = xyxy  # type: ignore[assignment]
    unit.create(box)
    unit.write()
    image.refresh_from_db()
    return box


def state(*projects: Project) -> dict[str, Any]:
    """All that an undo must bring back."""
    images = Image.objects.filter(project__in=projects)
    return {
        "datasets": sorted(Dataset.objects.filter(project__in=projects).values_list("pk", "name", "project")),
        "images": sorted(images.values_list("pk", "dataset", "name", "sha256")),
        "boxes": sorted(Box.objects.filter(image__in=images).values_list("pk", "image", "label", "x1", "y2", "author")),
        "complete": sorted(Complete.objects.filter(image__in=images).values_list("image", "label", "by")),
        "tags": sorted(ImageTag.objects.filter(image__in=images).values_list("image", "tag__name")),
        "comments": sorted(Comment.objects.filter(image__in=images).values_list("image", "text")),
    }


@pytest.fixture
def other(project: Project) -> Project:
    """Another project of the same owner."""
    return factories.make_project(owner(project))


@pytest.fixture
def labelled(project: Project) -> list[Image]:
    """Two images with boxes, a mark, a tag and a comment."""
    cat, who = factories.make_class(project, "cat", color="#112233"), owner(project)
    images = [factories.make_image(project) for _ in range(2)]
    for image in images:
        label_image(image, cat, who)
    box = label_image(images[0], factories.make_class(project, "dog"), who, (30, 4, 50, 40))
    unit = UnitOfWork(who, lock_images([images[0].pk]).values())
    unit.complete(unit.images[images[0].pk], cat)
    unit.tag(unit.images[images[0].pk], Tag.objects.create(project=project, name="night"))
    unit.write()
    Comment.objects.create(image=images[0], box=box.pk, text="loose", author=who)
    return list(Image.objects.filter(project=project).order_by("pk"))


def dataset_of(project: Project) -> Dataset:
    found = project.datasets.first()
    assert found is not None
    return found


# --- merge and split --------------------------------------------------------------------------------------------------
def test_datasets_become_one_and_two_again(project: Project) -> None:
    first = dataset_of(project)
    second = Dataset.objects.create(project=project, name="Second")
    kept = factories.make_image(project)
    moved = [factories.make_image(project, dataset=second) for _ in range(3)]
    before = state(project)
    choice = Choice("merge", (first.pk, second.pk), to=first.pk)
    seen = actions.look(owner(project), project, choice)
    assert (seen.images, seen.stay) == (3, 0)
    change = actions.start(owner(project), project, choice)
    assert (change.state, change.count, change.stayed) == ("done", 3, 0)
    assert list(first.images.order_by("pk")) == [kept, *moved]
    assert list(project.datasets.all()) == [first]
    assert AuditEntry.objects.filter(verb="datasets.changed", project=project).count() == 1
    actions.undo(owner(project), change)
    assert state(project) == before
    with pytest.raises(Conflict):
        actions.undo(owner(project), change)


def test_a_picture_that_is_there_already_stays_with_its_dataset(project: Project) -> None:
    first, second = dataset_of(project), Dataset.objects.create(project=project, name="Second")
    here, there = factories.make_image(project), factories.make_image(project, dataset=second)
    Image.objects.filter(pk=there.pk).update(sha256=here.sha256)
    choice = Choice("merge", (second.pk,), to=first.pk)
    assert actions.look(owner(project), project, choice).stay == 1
    change = actions.start(owner(project), project, choice)
    assert (change.count, change.stayed, second.images.count()) == (0, 1, 1)
    assert not change.is_undoable


@pytest.mark.parametrize(
    ("filter", "names"),
    [("", {"a.jpg", "b.jpg", "c.jpg"}), ("search=a", {"a.jpg"}), ("state=empty", {"b.jpg", "c.jpg"})],
)
def test_a_dataset_is_split_by_a_filter(filter: str, names: set[str], project: Project) -> None:
    images = [factories.make_image(project, name=f"{name}.jpg") for name in "abc"]
    factories.make_box(images[0], factories.make_class(project))
    before = state(project)
    choice = Choice("split", (dataset_of(project).pk,), filter=filter, name="Half")
    assert actions.look(owner(project), project, choice).images == len(names)
    change = actions.start(owner(project), project, choice)
    assert set(project.datasets.get(name="Half").images.values_list("name", flat=True)) == names
    actions.undo(owner(project), change)
    assert state(project) == before


def test_images_that_went_on_since_stay_there(project: Project) -> None:
    images = [factories.make_image(project) for _ in range(2)]
    third = Dataset.objects.create(project=project, name="Third")
    chosen = tuple(image.pk for image in images)
    change = actions.start(owner(project), project, Choice("split", images=chosen, name="Half"))
    Image.objects.filter(pk=images[0].pk).update(dataset=third)
    actions.undo(owner(project), change)
    change.refresh_from_db()
    assert (change.stayed, third.images.count(), dataset_of(project).images.count()) == (1, 1, 1)


# --- another project --------------------------------------------------------------------------------------------------
def test_a_copy_has_boxes_history_marks_and_tags_by_the_names_of_classes(
    project: Project, other: Project, labelled: list[Image]
) -> None:
    there = factories.make_class(other, "cat")
    before = state(project)
    choice = Choice("copy", to=dataset_of(other).pk)
    seen = actions.look(owner(project), project, choice)
    assert (seen.images, seen.boxes, seen.known, seen.new, seen.left_behind) == (2, 3, ["cat"], ["dog"], 1)
    change = actions.start(owner(project), project, choice)
    assert (change.state, change.problem, change.count) == ("done", "", 2)
    assert state(project) == before
    copies = list(other.images.order_by("pk"))
    for old, new in zip(labelled, copies, strict=True):
        assert (new.sha256, new.version, new.width) == (old.sha256, old.version, old.width)
        assert new.file.read() == old.file.read()
        assert new.file.name != old.file.name
        assert names(new) == names(old)
        assert reported(new) == reported(old)
        assert not {box.pk for box in new.boxes.all()} & {box.pk for box in old.boxes.all()}
    assert Box.objects.filter(image__in=copies, label=there).count() == 2
    assert Complete.objects.get(image=copies[0]).label == there
    assert ImageTag.objects.get(image=copies[0]).tag == Tag.objects.get(project=other, name="night")
    assert set(BoxHistory.objects.filter(image__in=copies, box__isnull=False).values_list("box", flat=True)) == {
        box.pk for box in Box.objects.filter(image__in=copies)
    }
    actions.undo(owner(project), change)
    assert not other.images.exists()
    assert BinEntry.objects.filter(project=other).exists()


def names(image: Image) -> list[Any]:
    rows = image.boxes.order_by("x1", "label__name")
    return list(rows.values_list("label__name", "x1", "y1", "x2", "y2", "author", "origin", "created_at"))


def reported(image: Image) -> list[Any]:
    rows = BoxHistory.objects.filter(image=image).order_by("pk")
    return list(rows.values_list("verb", "label_name", "x1", "y2", "version", "actor", "at"))


def test_images_move_and_come_back(project: Project, other: Project, labelled: list[Image]) -> None:
    before = state(project, other)
    change = actions.start(owner(project), project, Choice("move", images=(labelled[0].pk,), to=dataset_of(other).pk))
    assert (change.state, change.problem, change.count) == ("done", "", 1)
    assert list(project.images.all()) == [labelled[1]]
    assert other.images.get().sha256 == labelled[0].sha256
    actions.undo(owner(project), change)
    assert state(project, other) == before


def test_a_copy_that_somebody_changed_stays(project: Project, other: Project, labelled: list[Image]) -> None:
    change = actions.start(owner(project), project, Choice("copy", to=dataset_of(other).pk))
    mine = other.images.order_by("pk")[0]
    label_image(mine, factories.make_class(other, "fox"), owner(project))
    actions.undo(owner(project), change)
    change.refresh_from_db()
    assert (change.stayed, list(other.images.all())) == (1, [mine])


def test_a_picture_that_is_there_is_not_copied_again(project: Project, other: Project, labelled: list[Image]) -> None:
    choice = Choice("copy", to=dataset_of(other).pk)
    actions.start(owner(project), project, choice)
    assert actions.look(owner(project), project, choice).stay == 2
    change = actions.start(owner(project), project, choice)
    assert (change.count, change.stayed, other.images.count()) == (0, 2, 2)


def test_a_worker_goes_on_where_another_died(
    project: Project, other: Project, labelled: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotations.datasets.actions.BATCH", 0)
    monkeypatch.setattr("annotations.datasets.copying.AT_ONCE", 1)
    change = actions.start(owner(project), project, Choice("move", to=dataset_of(other).pk))
    assert change.state == "queued"
    carry = jobs.copying._carry
    monkeypatch.setattr("annotations.datasets.copying._carry", fail_at(labelled[1], carry))
    jobs.run_step(change.pk)
    change.refresh_from_db()
    assert (change.state, change.problem, change.count, project.images.count()) == ("failed", "OSError", 1, 2)
    monkeypatch.setattr("annotations.datasets.copying._carry", carry)
    actions.retry(owner(project), change)
    jobs.run_step(change.pk)
    change.refresh_from_db()
    assert (change.state, change.count, project.images.count(), other.images.count()) == ("done", 2, 0, 2)


def fail_at(image: Image, carry: Any) -> Any:
    def failing(actor: User, images: Any, *more: Any) -> None:
        if image in images:
            raise OSError
        carry(actor, images, *more)

    return failing


# --- near-copies ------------------------------------------------------------------------------------------------------
def test_of_near_copies_the_largest_stays_with_all_boxes(project: Project) -> None:
    cat, who = factories.make_class(project, "cat"), owner(project)
    large, small = factories.make_image(project, width=128, height=96), factories.make_image(project)
    odd, alone = factories.make_image(project, width=60, height=60), factories.make_image(project)
    Image.objects.filter(pk__in=[large.pk, small.pk, odd.pk]).update(group=large.pk)
    label_image(large, cat, who, (8, 8, 48, 48))
    label_image(small, cat, who, (4, 4, 24, 24))  # the same object
    label_image(small, cat, who, (30, 10, 60, 40))
    unit = UnitOfWork(who, lock_images([small.pk]).values())
    unit.complete(unit.images[small.pk], cat)
    unit.write()
    before = state(project)
    seen = actions.look(who, project, Choice("copies"))
    assert (seen.groups, seen.images) == (1, 2)
    assert (seen.shown[0].kept, seen.shown[0].going, seen.shown[0].other) == (large, [small], [odd])
    change = actions.start(who, project, Choice("copies"))
    assert (change.state, change.problem, change.count, change.boxes, change.stayed) == ("done", "", 1, 1, 1)
    assert set(project.images.all()) == {large, odd, alone}
    assert sorted(box.xyxy for box in large.boxes.all()) == [(8, 8, 48, 48), (60, 20, 120, 80)]
    assert Complete.objects.filter(image=large, label=cat).exists()
    assert BoxHistory.objects.filter(image=large, verb="created").count() == 2
    actions.undo(who, change)
    assert state(project) == before


# --- who may ----------------------------------------------------------------------------------------------------------
KINDS = ("merge", "split", "move", "copy", "copies")
MAY_HERE = {"owner": set(KINDS), "manager": {"copy"}, "annotator": {"copy"}, "viewer": {"copy"}}


def choice_of(kind: str, project: Project, other: Project) -> Choice:
    second = Dataset.objects.create(project=project, name="Second")
    target = {"merge": second, "move": dataset_of(other), "copy": dataset_of(other)}.get(kind)
    return Choice(kind, (dataset_of(project).pk,), to=target.pk if target else None, name="New")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", [*MAY_HERE, "stranger", "administrator"])
def test_who_may_in_the_project(kind: str, role: str, project: Project, other: Project) -> None:
    factories.make_image(project)
    actor = factories.make_user(is_superuser=role == "administrator")
    Membership.objects.create(project=other, user=actor, role="owner")
    if role in MAY_HERE:
        Membership.objects.create(project=project, user=actor, role=role)
    choice = choice_of(kind, project, other)
    if role == "administrator" or kind in MAY_HERE.get(role, ()):
        actions.look(actor, project, choice)
        return
    for act in (actions.look, actions.start):
        with pytest.raises(Http404 if role == "stranger" else Forbidden):
            act(actor, project, choice)
    assert not DatasetChange.objects.exists()


@pytest.mark.parametrize(("role", "error"), [("annotator", None), ("viewer", Forbidden), (None, Http404)])
def test_who_may_in_the_other_project(role: str | None, error: type[Exception] | None, project: Project) -> None:
    other, image = factories.make_project(), factories.make_image(project)
    if role:
        Membership.objects.create(project=other, user=owner(project), role=role)
    choice = Choice("copy", images=(image.pk,), to=dataset_of(other).pk)
    if error is None:
        assert actions.start(owner(project), project, choice).count == 1
        return
    with pytest.raises(error):
        actions.start(owner(project), project, choice)
    assert not other.images.exists()


def test_a_class_is_made_only_by_who_may(project: Project, labelled: list[Image]) -> None:
    other = factories.make_project()
    Membership.objects.create(project=other, user=owner(project), role="annotator")
    change = actions.start(owner(project), project, Choice("copy", to=dataset_of(other).pk))
    assert (change.state, change.count, other.images.count()) == ("failed", 0, 0)
    assert "may no longer" in change.problem


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (lambda p, o: Choice("merge", (p.datasets.first().pk,)), "to"),
        (lambda p, o: Choice("merge", (p.datasets.first().pk,), to=p.datasets.first().pk), "datasets"),
        (lambda p, o: Choice("merge", (o.datasets.first().pk,), to=p.datasets.first().pk), "datasets"),
        (lambda p, o: Choice("split", name=" "), "to"),
        (lambda p, o: Choice("copy", to=p.datasets.first().pk), "to"),
        (lambda p, o: Choice("move"), "to"),
        (lambda p, o: Choice("split", to=o.datasets.first().pk), "to"),
        (lambda p, o: Choice("split", images=(1,) * 2001, name="x"), "images"),
        (lambda p, o: Choice("split", images=(0,), name="x"), None),
    ],
)
def test_what_cannot_be_is_refused(choice: Any, field: str | None, project: Project, other: Project) -> None:
    with pytest.raises(Refusal) as refused:
        actions.start(owner(project), project, choice(project, other))
    assert refused.value.field == field
    assert not DatasetChange.objects.exists()


def test_one_change_at_a_time(project: Project) -> None:
    image = factories.make_image(project)
    DatasetChange.objects.create(project=project, kind="split", state="running")
    with pytest.raises(Conflict):
        actions.start(owner(project), project, Choice("split", images=(image.pk,), name="x"))
    assert not project.datasets.filter(name="x").exists()
