"""Who may start, cancel, retry and undo runs, and which wishes are refused with which field."""

from __future__ import annotations

import pytest
from django.http import Http404
from django_q.models import OrmQ

from annotations.models import Complete
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry, Role
from tests import factories
from training import base_detectors
from training.models import ModelVersion, Run
from training.runs import actions


@pytest.mark.parametrize(
    ("role", "error"),
    [(Role.OWNER, None), (Role.REVIEWER, None), (Role.ANNOTATOR, Forbidden), (Role.VIEWER, Forbidden)],
)
def test_reviewers_and_owners_start_runs(bench, role, error):
    person = bench.owner if role == Role.OWNER else factories.make_member(bench.project, role)
    asked = {"kind": "autolabel", "classes": [bench.label.pk]}
    if error is None:
        assert actions.start_run(person, bench.project, **asked).created_by == person
    else:
        with pytest.raises(error):
            actions.start_run(person, bench.project, **asked)


def test_a_stranger_finds_no_project(bench):
    with pytest.raises(Http404):
        actions.start_run(factories.make_user(), bench.project, kind="autolabel", classes=[bench.label.pk])


def test_a_run_is_numbered_in_its_project_audited_and_queued(bench, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert [bench.start().number for _ in range(2)] == [1, 2]
    assert AuditEntry.objects.filter(verb="run.started", actor=bench.owner).count() == 2
    assert [row.key for row in OrmQ.objects.all()] == ["gpu", "gpu"]
    assert OrmQ.objects.first().task["func"] == "training.jobs.execute_run"


def test_defaults_are_written_down(bench):
    assert bench.start().params == {
        "images": None, "dataset": None, "seed": 0, "epochs": 60, "train": "auto", "budget": "fast", "aim": "time",
        "from_scratch_ok": False, "keep_base": False, "base": "yolo26n",
        "augment": {"rotate_deg": 30, "flip": True, "brightness": 0.3, "noise": True},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"classes": []}, "classes"),
        ({"classes": [999_999]}, "classes"),
        ({"classes": "7"}, "classes"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 1001}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"train": "perhaps"}, "train"),
        ({"budget": "huge"}, "budget"),
        ({"aim": "speed"}, "aim"),
        ({"kind": "detect", "detector": "yolo11n", "aim": "time", "classes": None}, "aim"),
        ({"augment": {"rotate_deg": 181}}, "augment.rotate_deg"),
        ({"augment": {"brightness": float("nan")}}, "augment.brightness"),
        ({"augment": {"flip": "yes"}}, "augment.flip"),
        ({"augment": {"warp": 1}}, "augment.warp"),
        ({"augment": 3}, "augment"),
        ({"base": "/etc/passwd"}, "base"),
        ({"images": [999_999]}, "images"),
        ({"images": []}, "images"),
        ({"dataset": 999_999}, "dataset"),
        ({"from_scratch_ok": 1}, "from_scratch_ok"),
        ({"keep_base": "yes"}, "keep_base"),
        ({"kind": "detect", "detector": "yolo11n", "keep_base": True, "classes": None}, "keep_base"),
        ({"detector": "yolo11n"}, "detector"),
        ({"kind": "paint"}, "kind"),
        ({"kind": "detect", "detector": "yolo99", "classes": None}, "detector"),
        ({"kind": "detect", "classes": None}, "detector"),
        ({"kind": "detect", "detector": "yolo11n", "model": 3, "classes": None}, "detector"),
        ({"kind": "detect", "model": 999_999, "classes": None}, "model"),
        (
            {"kind": "detect", "detector": "yolo11n", "confidence": 0, "class_map": {"cat": -1}, "classes": None},
            "class_map.cat",
        ),
        ({"kind": "detect", "detector": "yolo11n", "class_map": {"unicorn": 1}, "classes": None}, "class_map.unicorn"),
        ({"kind": "detect", "detector": "yolo11n", "classes": None}, "class_map"),
    ],
)
def test_a_request_that_cannot_be_names_its_field(bench, asked, field):
    with pytest.raises(Refusal) as refused:
        bench.start(**asked)
    assert refused.value.field == field
    assert refused.value.detail.endswith((".", "?"))
    assert not Run.objects.exists()


def test_a_class_of_another_project_is_not_known(bench):
    other = factories.make_class(factories.make_project())
    with pytest.raises(Refusal):
        bench.start(classes=[other.pk])


def test_a_class_without_a_box_is_refused_by_name(bench):
    bare = factories.make_class(bench.project, name="newt")
    with pytest.raises(Refusal, match="newt") as refused:
        bench.start(classes=[bench.label.pk, bare.pk])
    assert refused.value.code == "no_shots"


def test_nothing_left_to_label_is_said(bench):
    for image in bench.images:
        Complete.objects.create(image=image, label=bench.label)
    with pytest.raises(Refusal) as refused:
        bench.start()
    assert refused.value.code == "all_complete"


def test_detect_finds_classes_of_the_same_name(bench):
    cat = factories.make_class(bench.project, name="Cat")
    run = bench.start(kind="detect", classes=None, detector="yolo11n")
    assert run.params["class_map"] == {"cat": cat.pk}
    assert list(run.classes.all()) == [cat]


def test_detect_with_a_trained_model_knows_its_classes(bench):
    model = ModelVersion.objects.create(
        project=bench.project, kind="detector", name="m", version=1, sha256="", bytes=1,
        classes=[{"id": bench.label.pk, "name": "old name"}],
    )  # fmt: skip
    run = bench.start(kind="detect", classes=None, model=model.pk)
    assert run.params["class_map"] == {"old name": bench.label.pk}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, {"mushroom": "mushroom", "cat": "Cat"}),
        ({"person": "mushroom"}, {"person": "mushroom"}),
    ],
)
def test_detect_with_a_model_that_kept_its_base_asks_for_those_classes_only_that_are_named_here(bench, asked, expected):
    pks = {"mushroom": bench.label.pk, "Cat": factories.make_class(bench.project, name="Cat").pk}
    model = ModelVersion.objects.create(
        project=bench.project, kind="detector", name="m", version=1, sha256="", bytes=1,
        classes=[{"id": bench.label.pk, "name": "mushroom"}]
        + [{"id": None, "name": name, "base": True} for name in ("person", "cat")],
    )  # fmt: skip
    wanted = asked and {name: pks[label] for name, label in asked.items()}
    run = bench.start(kind="detect", classes=None, model=model.pk, class_map=wanted)
    assert run.params["class_map"] == {name: pks[label] for name, label in expected.items()}


def test_a_queued_run_is_cancelled_at_once_and_may_be_tried_again(bench):
    run = actions.cancel_run(bench.owner, bench.start())
    assert run.state == "cancelled"
    assert actions.cancel_run(bench.owner, run).state == "cancelled"
    run = actions.retry_run(bench.owner, run)
    assert (run.state, run.finished_at, run.attempts) == ("queued", None, 0)


@pytest.mark.parametrize("state", ["done", "failed"])
def test_what_has_ended_cannot_be_cancelled(bench, state):
    run = bench.start()
    Run.objects.filter(pk=run.pk).update(state=state)
    with pytest.raises(Conflict):
        actions.cancel_run(bench.owner, run)


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_only_failed_and_cancelled_runs_are_tried_again(bench, state):
    run = bench.start()
    Run.objects.filter(pk=run.pk).update(state=state)
    with pytest.raises(Conflict):
        actions.retry_run(bench.owner, run)


@pytest.mark.parametrize("verb", [actions.cancel_run, actions.retry_run, actions.undo_run])
def test_verbs_need_the_right_to_run(bench, verb):
    run = bench.start()
    with pytest.raises(Forbidden):
        verb(factories.make_member(bench.project, Role.ANNOTATOR), run)
    with pytest.raises(Http404):
        verb(factories.make_user(), run)


def test_a_live_run_is_not_undone(bench):
    with pytest.raises(Conflict):
        actions.undo_run(bench.owner, bench.start())


def test_the_thin_list_of_detectors_agrees_with_the_engine_s():
    from training.engine.vision.weight_table import TABLE

    for detector in base_detectors.BASE_DETECTORS.values():
        assert TABLE[detector.file].size / 1e6 == pytest.approx(detector.mb, abs=0.06)
    assert len(base_detectors.COCO_NAMES) == len(set(base_detectors.COCO_NAMES)) == 80
