"""Two classes become one: doubles, suggestions, completeness, jobs, history, and the way back."""

from __future__ import annotations

import pytest

from annotations.bulk_edits import actions, jobs
from annotations.bulk_edits.choice import Choice
from annotations.models import Box, BoxHistory, BulkEdit, Complete, LabelClass, Suggestion, WorkJob
from annotations.versions.actions import make_version
from projects.errors import Refusal
from projects.models import BinEntry, Image, Project
from tests import factories
from tests.annotations.bulk_edits.test_bulk_edits import owner, state

pytestmark = pytest.mark.django_db
PLACE, NEAR, AWAY = (4, 4, 24, 24), (4, 4, 24, 23), (30, 4, 50, 24)  # IoU of the first two: .95


class Scene:
    """Classes "car" and "auto" in four images; two boxes of them are one object drawn twice."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.car, self.auto = (factories.make_class(project, name) for name in ("car", "auto"))
        self.images: list[Image] = [factories.make_image(project) for _ in range(4)]
        one, two, three, _four = self.images
        self.twice = factories.make_box(one, self.auto, NEAR)
        factories.make_box(one, self.car, PLACE)
        factories.make_box(one, self.auto, AWAY, author=project.created_by)
        factories.make_box(two, self.auto, PLACE)
        factories.make_box(two, self.car, PLACE, flags=16)  # a region to ignore is no double
        factories.make_box(three, self.car, PLACE)
        self.waits = factories.make_suggestion(three, self.auto)
        self.rejected = factories.make_suggestion(three, self.auto, state="rejected")
        for image, labels in ((one, (self.car, self.auto)), (two, (self.car,)), (three, (self.auto,))):
            for label in labels:
                Complete.objects.create(image=image, label=label, by=project.created_by)
        self.job = WorkJob.objects.create(project=project, name="cars")
        self.job.classes.add(self.auto)

    def merge(self, **how: bool) -> BulkEdit:
        wanted = Choice("merge", self.auto.pk, self.car.pk, **how)
        edit = actions.start(owner(self.project), self.project, wanted)
        assert edit.state == "queued"
        return ended(edit)


def ended(edit: BulkEdit) -> BulkEdit:
    jobs.run_step(edit.pk)
    edit.refresh_from_db()
    assert edit.state == "done", edit.problem
    return edit


@pytest.fixture
def scene(project: Project) -> Scene:
    return Scene(project)


def test_the_preview_counts(scene: Scene) -> None:
    found = actions.look(owner(scene.project), scene.project, Choice("merge", scene.auto.pk, scene.car.pk))
    assert (found.boxes, found.images) == (3, 2)
    assert found.merge is not None
    merge = found.merge
    assert (merge.suggestions, merge.shots, merge.complete, merge.reopened, merge.doubles) == (1, 3, 1, 1, 1)
    assert merge.others == []


@pytest.mark.parametrize(("keep_one", "left"), [(True, 5), (False, 6)])
def test_one_class_is_left(keep_one: bool, left: int, scene: Scene) -> None:
    edit = scene.merge(keep_one=keep_one)
    assert list(scene.project.classes.values_list("name", flat=True)) == ["car"]
    assert Box.objects.filter(label=scene.car).count() == left == Box.objects.count()
    assert Box.objects.filter(pk=scene.twice.pk).exists() is not keep_one
    assert edit.count == 3
    assert list(Suggestion.objects.values_list("label", "state")) == [(scene.car.pk, "pending")]
    assert list(Complete.objects.values_list("image", "label")) == [(scene.images[0].pk, scene.car.pk)]
    assert list(scene.job.classes.all()) == [scene.car]
    assert BinEntry.objects.get().name == "auto"


def test_history_says_each_step_and_versions_stay_as_they_were(scene: Scene) -> None:
    version = make_version(owner(scene.project), scene.project, name="before")
    scene.merge()
    rows = BoxHistory.objects.order_by("id").values_list("verb", "label_name")
    assert sorted(rows) == [("changed", "car"), ("changed", "car"), ("deleted", "auto"), ("reopened", "car")]
    version.refresh_from_db()
    assert {row["name"] for row in version.classes} == {"car", "auto"}
    assert version.figures["classes"][str(scene.auto.pk)]["boxes"] == 3


@pytest.mark.parametrize("keep_one", [True, False])
def test_all_of_it_is_undone_as_one(keep_one: bool, scene: Scene) -> None:
    before = state(scene.project)
    edit = actions.undo(owner(scene.project), scene.merge(keep_one=keep_one))
    assert ended(edit).undone_at is not None
    assert state(scene.project) == before
    assert not BinEntry.objects.exists()


def test_a_class_that_was_brought_back_by_hand_gets_its_boxes(scene: Scene) -> None:
    from projects.bin.actions import restore

    edit = scene.merge()
    restore(owner(scene.project), BinEntry.objects.get())
    ended(actions.undo(owner(scene.project), edit))
    assert Box.objects.filter(label=scene.auto).count() == 3


def test_a_class_that_is_gone_for_good_stays_merged(scene: Scene) -> None:
    edit = scene.merge()
    BinEntry.objects.all().delete()
    edit = actions.undo(owner(scene.project), edit)
    jobs.run_step(edit.pk)
    edit.refresh_from_db()
    assert (edit.state, Box.objects.filter(label=scene.car).count()) == ("failed", 5)


@pytest.mark.parametrize("phase", ["_move_suggestions", "_reopen", "_move_jobs", "put_away", "note_bin"])
def test_a_worker_that_dies_anywhere_is_taken_up(phase: str, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotations.bulk_edits import merging

    before = state(scene.project)
    edit = actions.start(owner(scene.project), scene.project, Choice("merge", scene.auto.pk, scene.car.pk))

    def die(*_args: object, **_how: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(merging, phase, die)
        with pytest.raises(SystemExit):
            jobs.run_step(edit.pk)
    BulkEdit.objects.filter(pk=edit.pk).update(state="queued")
    ended(edit)
    assert not LabelClass.objects.filter(name="auto").exists()
    ended(actions.undo(owner(scene.project), edit))
    assert state(scene.project) == before


@pytest.mark.parametrize("wrong", [{"to": None}, {"label": None}, {"images": "search=x"}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], scene: Scene) -> None:
    asked: dict[str, object] = {"kind": "merge", "label": scene.auto.pk, "to": scene.car.pk} | wrong
    with pytest.raises(Refusal):
        actions.start(owner(scene.project), scene.project, Choice(**asked))  # type: ignore[arg-type]
