"""What goes into the bin comes back as it was; who may not delete learns nothing of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.http import Http404
from django.utils import timezone

from annotations.boxes import actions as box_actions  # noqa: F401  (the rooms above fill the registries)
from annotations.classes import actions as class_actions
from annotations.comments import actions as comment_actions
from annotations.gallery import completion
from annotations.models import Box, BoxHistory, Comment, Complete, LabelClass, Suggestion
from annotations.review import actions as review_actions
from projects import policies
from projects.bin import actions, jobs
from projects.errors import Conflict, Forbidden
from projects.models import AuditEntry, BinEntry, Dataset, Image, Project
from tests import factories
from training.models import LeftOut

pytestmark = pytest.mark.django_db
TABLES = ("projects.Image", "projects.Dataset", "annotations.LabelClass", "annotations.Box", "annotations.Complete",
          "annotations.Comment", "annotations.Suggestion", "training.LeftOut")  # fmt: skip


@pytest.fixture
def labelled(project: Project) -> Image:
    """An image with everything that can hang on one."""
    owner, label = project.created_by, factories.make_class(project, "고양이")
    image = factories.make_image(project, name="길.jpg")
    drawn = factories.make_box(image, label, (1.5, 2.25, 30, 31))
    row = factories.make_suggestion(image, label)
    review_actions.accept(owner, project, [(row.pk, row.version)])
    factories.make_suggestion(image, label, (5, 5, 9, 9))
    completion.set_complete(owner, project, [image.pk], [label], value=True)
    comment_actions.add(owner, image, text="Is this one?", box=drawn.pk)
    LeftOut.objects.create(box=drawn, label=label, by=owner)
    image.refresh_from_db()
    return image


def rows_of(*but: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the tables that matter, field by field."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in TABLES:
        model: type[Model] = apps.get_model(name)
        found[name] = [
            {key: value for key, value in row.items() if key not in but}
            for row in model._base_manager.order_by("pk").values()
        ]
    return found


def delete(thing: str, image: Image) -> BinEntry:
    owner = image.project.created_by
    entry = {
        "image": lambda: actions.delete_image(owner, image),
        "dataset": lambda: actions.delete_dataset(owner, image.dataset),
        "class": lambda: class_actions.delete_class(owner, LabelClass.objects.get()),
    }[thing]()
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    ("thing", "gone", "but"),
    [
        ("image", (Image, Box, Suggestion, Complete, Comment, LeftOut), ()),
        ("dataset", (Dataset, Image, Box, Suggestion), ()),
        # A class takes its boxes out of images that stay: their versions go on, so that open editors hear of it.
        ("class", (LabelClass, Box, Suggestion, Complete, LeftOut), ("version",)),
    ],
)
def test_all_comes_back_as_it_was(
    thing: str, gone: tuple[type[Model], ...], but: tuple[str, ...], labelled: Image
) -> None:
    before = rows_of(*but)
    reported = list(BoxHistory.objects.order_by("pk").values_list("pk", "image_id", "label_id"))
    entry = delete(thing, labelled)
    assert [model for model in gone if model._base_manager.exists()] == []
    assert entry.state == "kept"
    assert actions.restore(labelled.project.created_by, entry) == 0
    assert rows_of(*but) == before
    assert (
        list(BoxHistory.objects.order_by("pk").values_list("pk", "image_id", "label_id"))[: len(reported)] == reported
    )
    assert not BinEntry.objects.exists()
    assert AuditEntry.objects.filter(verb=f"{thing}.restored").count() == 1


def test_boxes_of_a_class_are_reported_in_the_history(labelled: Image) -> None:
    entry = delete("class", labelled)
    gone = labelled.version + 1
    assert Image.objects.get().version == gone
    actions.restore(labelled.project.created_by, entry)
    assert Image.objects.get().version == gone + 1
    assert list(BoxHistory.objects.order_by("-pk").values_list("verb", flat=True)[:2]) == ["created", "created"]


def test_files_stay_until_the_entry_goes(labelled: Image, django_capture_on_commit_callbacks: Any) -> None:
    storage, name = labelled.file.storage, labelled.file.name
    with django_capture_on_commit_callbacks(execute=True):
        entry = delete("image", labelled)
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        actions.purge(labelled.project.created_by, entry)
    assert not storage.exists(name)
    assert not BinEntry.objects.exists()


def test_what_came_in_meanwhile_stays(labelled: Image, project: Project) -> None:
    """A class of the same name, its hotkey."""
    owner, label = project.created_by, LabelClass.objects.get()
    entry = class_actions.delete_class(owner, label)
    new = factories.make_class(project, label.name, hotkey=label.hotkey)
    assert actions.restore(owner, entry) == 0
    back = LabelClass.objects.exclude(pk=new.pk).get()
    assert (back.name, back.hotkey) == (f"{label.name} (2)", "")


def test_the_dataset_comes_first(labelled: Image, project: Project) -> None:
    dataset, owner = labelled.dataset, project.created_by
    entry = delete("image", labelled)
    first = actions.delete_dataset(owner, dataset)
    with pytest.raises(Conflict, match=dataset.name):
        actions.restore(owner, entry)
    actions.restore(owner, first)
    assert actions.restore(owner, entry) == 0
    assert Image.objects.get().dataset == dataset


def test_a_dataset_that_is_gone_for_good_is_replaced(labelled: Image, project: Project) -> None:
    owner = project.created_by
    entry = delete("image", labelled)
    actions.purge(owner, actions.delete_dataset(owner, labelled.dataset))
    other = Dataset.objects.create(project=project, name="Other")
    assert actions.restore(owner, entry) == 0
    assert Image.objects.get(pk=labelled.pk).dataset == other


def test_large_ones_are_the_workers(
    project: Project, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(actions, "INLINE", 1)
    monkeypatch.setattr(actions, "INLINE_PARTS", 0)
    images = [factories.make_image(project) for _ in range(3)]
    asked: list[int] = []
    monkeypatch.setattr(jobs, "enqueue", lambda entry: asked.append(entry.pk))
    with django_capture_on_commit_callbacks(execute=True):
        entry = actions.delete_dataset(project.created_by, images[0].dataset)
    assert (asked, entry.state, Image.objects.count()) == ([entry.pk], "filling", 3)
    with pytest.raises(Conflict):
        actions.restore(project.created_by, entry)
    jobs.run(entry.pk)
    assert Image.objects.count() == 0
    entry.refresh_from_db()
    actions.restore(project.created_by, entry)
    jobs.run(entry.pk)
    jobs.run(entry.pk)  # a second delivery finds nothing to do
    assert Image.objects.count() == 3


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_only_who_may_delete(labelled: Image, project: Project, role: str) -> None:
    entry, person = delete("image", labelled), factories.make_member(project, role)
    for act in (actions.restore, actions.purge):
        with pytest.raises(Forbidden):
            act(person, entry)
    with pytest.raises(Forbidden):
        policies.get_bin_entry(person, entry.pk)
    with pytest.raises(Http404):
        policies.get_bin_entry(factories.make_user(), entry.pk)


# --- projects ---------------------------------------------------------------------------------------------------------
def test_nobody_sees_a_deleted_project(labelled: Image, project: Project) -> None:
    owner, viewer = project.created_by, factories.make_member(project, "viewer")
    before = rows_of()
    actions.delete_project(owner, project)
    assert not policies.visible_projects(owner).exists()
    for hidden in (
        lambda: policies.get_project(owner, project.pk),
        lambda: policies.get_image(owner, labelled.pk),
        lambda: policies.get_dataset(owner, labelled.dataset.pk),
        lambda: policies.get_deleted_project(viewer, project.pk),
        lambda: policies.get_deleted_project(factories.make_user(), project.pk),
    ):
        with pytest.raises(Http404):
            hidden()
    assert policies.still_members(project.pk, {owner.pk, viewer.pk}) == set()
    actions.restore_project(owner, policies.get_deleted_project(owner, project.pk))
    assert policies.get_project(viewer, project.pk) == project
    assert rows_of() == before


def test_a_purged_project_leaves_no_file(
    labelled: Image, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    other = factories.make_image(project)
    files = [(one.file.storage, one.file.name) for one in (labelled, other)]
    delete("image", labelled)
    actions.delete_project(project.created_by, project)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.purge_project(project.pk, project.created_by.pk)
    assert not Project.objects.exists()
    assert [storage.exists(name) for storage, name in files] == [False, False]


def test_a_living_project_is_never_purged(project: Project) -> None:
    with pytest.raises(Conflict):
        actions.purge_project(project.created_by, project)
    jobs.purge_project(project.pk, project.created_by.pk)
    assert Project.objects.exists()


# --- time -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_time_empties_the_bin(days: int, left: int, labelled: Image, project: Project, settings: Any) -> None:
    settings.BIN_DAYS = 30
    entry, other = delete("image", labelled), factories.make_project()
    actions.delete_project(other.created_by, other)
    then = timezone.now() - timedelta(days=days)
    BinEntry.objects.filter(pk=entry.pk).update(deleted_at=then)
    Project.objects.filter(pk=other.pk).update(deleted_at=then)
    jobs.sweep()
    assert (BinEntry.objects.count(), Project.objects.filter(pk=other.pk).count()) == (left, left)


def test_what_a_dead_worker_left_goes_on(labelled: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, asked = delete("image", labelled), []
    monkeypatch.setattr(jobs, "enqueue", lambda entry: asked.append(entry.pk))
    long_ago = timezone.now() - timedelta(minutes=10)
    BinEntry.objects.filter(pk=entry.pk).update(state="emptying", updated_at=long_ago)
    jobs.sweep()
    jobs.sweep()  # it was taken up just now
    assert asked == [entry.pk]


def test_what_never_comes_to_an_end_is_given_back(labelled: Image, project: Project) -> None:
    entry = delete("image", labelled)
    long_ago = timezone.now() - timedelta(minutes=10)
    BinEntry.objects.filter(pk=entry.pk).update(state="emptying", attempts=jobs.TRIES, updated_at=long_ago)
    jobs.sweep()
    entry.refresh_from_db()
    assert entry.state == "kept"
    assert actions.restore(project.created_by, entry) == 0
    assert Image.objects.get() == labelled
