"""A check as a run: started, stored once, cancelled, and not asked again what people called right."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.label_errors import actions
from annotations.models import Complete, LabelError
from annotations.work import actions as work
from projects.errors import Refusal
from projects.models import Image, Project
from tests import factories
from tests.training.conftest import Bench
from training import jobs
from training.models import Run
from training.runner import label_errors
from training.runs.actions import cancel_run, undo_run


@pytest.fixture
def ready(bench: Bench) -> Bench:
    """Two complete images with a box each, and one that is not complete."""
    factories.make_box(bench.images[1], bench.label, (100, 100, 160, 160))
    for image in bench.images[:2]:
        Complete.objects.create(image=image, label=bench.label, by=bench.owner)
    return bench


def check(bench: Bench, **asked: object) -> Run:
    run = bench.start(kind="check", **{"classes": None} | asked)
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


def test_what_the_engine_found_is_stored(ready, engine, client):
    engine("ok")
    run = check(ready)
    assert run.state == Run.State.DONE, run.error_text
    rows = LabelError.objects.filter(batch__run=run)
    assert run.result["label_errors"] == rows.count() == 8
    assert {row.image_id for row in rows} == {image.pk for image in ready.images[:2]}
    first = rows.get(kind="loose", image=ready.images[0])
    assert (first.box, first.xyxy, first.tight) == (ready.shot.pk, (10, 10, 60, 60), [15, 15, 60, 60])
    client.force_login(ready.owner)
    assert client.get(reverse("api-label-errors", args=[ready.project.pk])).json()["count"] == 8
    page = client.get(reverse("run", args=[run.pk])).content.decode()
    assert reverse("label-errors", args=[ready.project.pk]) in page


def test_what_was_called_right_is_not_asked_again(ready, engine):
    engine("ok")
    check(ready)
    said = list(LabelError.objects.filter(kind__in=("missing", "spurious"), image=ready.images[0]))
    actions.keep(ready.owner, ready.project, [(error.pk, error.version) for error in said])
    again = check(ready)
    rows = LabelError.objects.filter(batch__run=again)
    assert rows.count() == 6
    assert not rows.filter(kind__in=("missing", "spurious"), image=ready.images[0]).exists()
    assert LabelError.objects.filter(state="withdrawn").count() == 6
    ready.images[0].boxes.update(x1=12)  # it is another box than the one that was right
    third = check(ready)
    assert LabelError.objects.filter(batch__run=third, kind="spurious", image=ready.images[0]).exists()


def test_storing_twice_stores_once(ready, engine, monkeypatch):
    engine("ok")
    real = label_errors.actions.withdraw_older
    monkeypatch.setattr(label_errors.actions, "withdraw_older", lambda *_: (_ for _ in ()).throw(RuntimeError))
    run = check(ready)
    assert run.state == Run.State.FAILED
    monkeypatch.setattr(label_errors.actions, "withdraw_older", real)
    Run.objects.filter(pk=run.pk).update(state=Run.State.QUEUED, attempts=0)
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    assert (run.state, LabelError.objects.filter(batch__run=run).count()) == (Run.State.DONE, 8)


def test_of_a_cancelled_check_nothing_stays(ready, engine):
    engine("ok")
    run = check(ready)
    label_errors.discard(run)
    assert not LabelError.objects.exists()


def test_a_check_can_be_undone_as_a_run(ready, engine):
    engine("ok")
    run = check(ready)
    undo_run(ready.owner, run)
    assert set(LabelError.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_a_queued_check_is_cancelled(ready):
    run = ready.start(kind="check", classes=None)
    assert cancel_run(ready.owner, run).state == Run.State.CANCELLED


@pytest.mark.parametrize(
    ("complete", "asked", "code"),
    [
        (1, {}, "nothing_to_check"), (1, {"classes": "own"}, "nothing_to_check"), (2, {"budget": "best"}, "refused"),
        (2, {"classes": [0]}, "refused"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused(ready, complete, asked, code):
    Complete.objects.filter(image__in=ready.images[complete:]).delete()
    if asked.get("classes") == "own":
        asked = {"classes": [ready.label.pk]}
    with pytest.raises(Refusal) as refusal:
        ready.start(**{"kind": "check", "classes": None} | asked)
    assert code == "refused" or refusal.value.code == code


def test_images_of_the_test_split_are_left_alone(ready, engine):
    engine("ok")
    more = factories.make_image(ready.project, width=640, height=480)
    factories.make_box(more, ready.label)
    Complete.objects.create(image=more, label=ready.label, by=ready.owner)
    Image.objects.filter(pk=more.pk).update(split=Image.Split.TEST)
    check(ready)
    assert not LabelError.objects.filter(image=more).exists()


def test_it_starts_from_its_page(ready, client):
    client.force_login(ready.owner)
    address = reverse("check-labels", args=[ready.project.pk])
    assert "mushroom" in client.get(address).content.decode()
    answer = client.post(address, {"classes": [ready.label.pk], "dataset": ""})
    run = Run.objects.get()
    assert (answer.status_code, run.kind, list(run.classes.all())) == (302, "check", [ready.label])


def test_its_page_says_that_only_final_images_of_jobs_count(ready, client):
    Project.objects.filter(pk=ready.project.pk).update(workflow=True)
    ready.project.refresh_from_db()
    work.hand_out(ready.owner, ready.project, [ready.images[0].pk], work.JobRequest("A job", people=[ready.owner]))
    client.force_login(ready.owner)
    text = client.get(reverse("check-labels", args=[ready.project.pk])).content.decode()
    assert "Images of jobs count once they are accepted as final." in text
