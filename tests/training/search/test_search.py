"""Searches for what looks alike: who may ask, what is kept of them, and boxes made of matches that go again as one."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from annotations.models import Box, BoxHistory, Suggestion
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import AuditEntry
from tests import factories
from training import jobs
from training.models import Run
from training.runner import jobfile
from training.runner.claims import Claim
from training.runs import actions as runs_actions
from training.runs import queries
from training.search import actions as search_actions
from training.search import matches


@pytest.fixture
def search(bench):
    """A search that is done: three places in two images, one of them in an image that is gone."""

    def make(**fields):
        run = bench.start(kind="similar", image=bench.images[0].pk, box=str(bench.shot.pk), classes=None, **fields)
        places = [[bench.images[1].pk, 10, 10, 60, 60, 0.9], [bench.images[1].pk, 100, 10, 160, 60, 0.8]]
        run.state, run.result = Run.State.DONE, {"matches": [*places, [10**6, 1, 1, 9, 9, 0.7]]}
        run.save()
        return run

    return make


def carried(run):
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "image"),
        ({"image": 10**6}, "image"),
        ({"image": "one"}, "image"),
        ({"box": "00000000-0000-4000-8000-000000000000"}, "box"),
        ({"box": "134,161,231,256"}, "box"),
        ({"box": [1]}, "box"),
        ({"xyxy": [5, 5, 5, 9]}, "xyxy"),
        ({"xyxy": ["a", 1, 2, 3]}, "xyxy"),
        ({"xyxy": [5, 5, 50, 90], "within": True}, "box"),
        ({"within": True}, "box"),
        ({"budget": "best"}, "budget"),
    ],
)
def test_a_search_that_cannot_be_names_its_field(bench, asked, field):
    given = {"image": bench.images[0].pk} if asked and "image" not in asked else {}
    with pytest.raises(Refusal) as refused:
        bench.start(kind="similar", classes=None, **given, **asked)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("role", "within", "may"),
    [
        ("viewer", False, False),
        ("annotator", False, True),
        ("annotator", True, False),
        ("reviewer", True, True),
    ],
)
def test_a_search_that_only_shows_needs_no_more_than_labelling(bench, role, within, may):
    member = factories.make_member(bench.project, role)
    asked = {"image": bench.images[0].pk, "box": str(bench.shot.pk), "within": within}
    if not may:
        with pytest.raises(Forbidden):
            runs_actions.start_run(member, bench.project, kind="similar", **asked)
        return
    run = runs_actions.start_run(member, bench.project, kind="similar", **asked)
    assert runs_actions.cancel_run(member, run).state == "cancelled"


def test_the_job_names_the_place_and_every_image(bench):
    run = bench.start(kind="similar", image=bench.images[0].pk, box=str(bench.shot.pk), classes=None)
    job = json.loads(jobfile.prepare(run, lambda: None).path.read_text(encoding="utf-8"))
    place = {"image": bench.images[0].pk, "xyxy": [10, 10, 60, 60], "within": False}
    assert job["similar"] == place | {"top": 200, "per_image": 8}
    assert [image["id"] for image in job["images"]] == [image.pk for image in bench.images]
    assert job["images"][0]["sha256"] == bench.images[0].sha256


def test_a_search_of_one_dataset_still_knows_the_image_that_it_is_about(bench):
    other = bench.project.datasets.create(name="Other")
    elsewhere = factories.make_image(bench.project, dataset=other)
    run = bench.start(kind="similar", image=bench.images[0].pk, classes=None, dataset=other.pk)
    job = json.loads(jobfile.prepare(run, lambda: None).path.read_text(encoding="utf-8"))
    assert {image["id"] for image in job["images"]} == {bench.images[0].pk, elsewhere.pk}
    assert job["similar"]["xyxy"] is None


def test_matches_are_kept_and_leave_no_suggestion(bench, engine):
    engine("ok")
    run = carried(bench.start(kind="similar", image=bench.images[0].pk, box=str(bench.shot.pk), classes=None))
    assert (run.state, run.batch) == ("done", None)
    assert [row["image"]["id"] for row in matches.rows(run)] == [image.pk for image in bench.images]


def test_within_one_image_matches_wait_there_for_a_yes(bench, engine):
    engine("ok")
    run = carried(
        bench.start(kind="similar", image=bench.images[0].pk, box=str(bench.shot.pk), within=True, classes=None)
    )
    assert run.state == "done", run.error_text
    waiting = Suggestion.objects.get(batch=run.batch)
    assert (waiting.image, waiting.label, waiting.source, waiting.state) == (
        bench.images[0],
        bench.label,
        "similar",
        "pending",
    )
    assert waiting.evidence[0]["box_id"] == str(bench.shot.pk)
    assert run.result["counts"]["suggested"] == 1


def test_results_that_break_the_contract_fail_the_run(bench, engine):
    engine("broken")
    run = carried(bench.start(kind="similar", image=bench.images[0].pk, classes=None))
    assert (run.state, run.error_code) == ("failed", "bad_results")


def test_searches_wait_for_no_other_run(bench, django_capture_on_commit_callbacks, engine):
    """A run at work, one that waits, and then a search: it is first in its own queue, and taken by its own message
    alone.
    """
    with django_capture_on_commit_callbacks(execute=True):
        training, slow = bench.start(), bench.start()
        Claim.take(training.pk)
        search = bench.start(kind="similar", image=bench.images[0].pk, classes=None)
    assert [row.key for row in OrmQ.objects.order_by("id")] == ["gpu", "gpu", "search"]
    assert (list(jobs.waiting("gpu")), list(jobs.waiting("search"))) == ([slow.pk], [search.pk])
    assert [row["queue_position"] for row in queries.run_rows([slow, search])] == [2, 1]
    engine("ok")
    assert jobs.execute_run(search.pk) == f"run {search.pk}"
    assert jobs.execute_run(search.pk) == f"nothing to do for run {search.pk}"  # and not the run that waits
    assert jobs.execute_run(10**9) == f"nothing to do for run {10**9}"  # its project was deleted


def test_a_search_leaves_the_gpu_to_runs(bench, settings):
    settings.ENGINE_DEVICE, settings.SEARCH_DEVICE = "cuda", "cpu"
    search = bench.start(kind="similar", image=bench.images[0].pk, classes=None)
    devices = [
        json.loads(jobfile.prepare(run, lambda: None).path.read_text())["device"] for run in (bench.start(), search)
    ]
    assert devices == ["cuda", "cpu"]


def test_what_lost_its_message_gets_one_in_its_own_queue(bench):
    slow, search = bench.start(), bench.start(kind="similar", image=bench.images[0].pk, classes=None)
    OrmQ.objects.create(key="gpu", payload="", lock=timezone.now())  # another run's: there the queue lives
    jobs.sweep()
    jobs.sweep()
    assert [(row.key, row.args()) for row in OrmQ.objects.order_by("id")[1:]] == [("search", (search.pk,))]
    OrmQ.objects.filter(key="gpu").delete()
    jobs.sweep()
    assert [(row.key, row.args()) for row in OrmQ.objects.order_by("-id")[:1]] == [("gpu", (slow.pk,))]


def test_what_is_gone_is_not_shown_and_what_is_drawn_is_said(search, bench, django_assert_num_queries):
    run = search()
    factories.make_box(bench.images[1], bench.label, (11, 10, 60, 60))
    with django_assert_num_queries(2):
        rows = matches.rows(run)
    assert [(row["index"], row["boxed"]) for row in rows] == [(0, [bench.label.pk]), (1, [])]
    assert rows[0]["crop_url"].startswith(f"/files/images/{bench.images[1].pk}/crop/?box=")


def test_chosen_matches_become_boxes_whose_origin_stays_known_and_go_again_as_one(search, bench):
    run = search()
    before = bench.images[1].version
    assert search_actions.add_boxes(bench.owner, run, [0, 1, 2], bench.label.pk) == {"added": 2, "left_out": 1}
    boxes = Box.objects.filter(image=bench.images[1]).order_by("-suggestion__score")
    assert [box.xyxy for box in boxes] == [(10, 10, 60, 60), (100, 10, 160, 60)]
    assert {(box.suggestion.source, box.suggestion.state, box.author) for box in boxes} == {
        ("similar", "accepted", bench.owner)
    }
    bench.images[1].refresh_from_db()
    assert bench.images[1].version == before + 1
    assert BoxHistory.objects.filter(image=bench.images[1], verb="accepted", actor=bench.owner).count() == 2
    assert AuditEntry.objects.get(verb="run.boxes_added").data["boxes"] == 2
    assert search_actions.add_boxes(bench.owner, run, [0], bench.label.pk) == {"added": 0, "left_out": 1}
    assert runs_actions.undo_run(bench.owner, Run.objects.get(pk=run.pk)) == {"withdrawn": 0, "boxes": 2}
    assert not Box.objects.filter(image=bench.images[1]).exists()
    assert search_actions.add_boxes(bench.owner, run, [1], bench.label.pk)["added"] == 1


@pytest.mark.parametrize(("items", "field"), [([], "items"), ([7], "items")])
def test_places_that_were_not_found_are_refused(search, bench, items, field):
    with pytest.raises(Refusal) as refused:
        search_actions.add_boxes(bench.owner, search(), items, bench.label.pk)
    assert refused.value.field == field


def test_a_class_of_another_project_and_a_search_at_work_are_refused(search, bench):
    run, strange = search(), factories.make_class(factories.make_project())
    with pytest.raises(Refusal):
        search_actions.add_boxes(bench.owner, run, [0], strange.pk)
    with pytest.raises(Conflict):
        search_actions.add_boxes(bench.owner, bench.start(), [0], bench.label.pk)


def test_the_pages(search, bench, client):
    run = search()
    client.force_login(bench.owner)
    page = client.get(reverse("similar", args=[run.pk]))
    assert page.status_code == 200
    assert bench.images[0].name in page.content.decode()
    assert client.get(reverse("run", args=[run.pk])).url == reverse("similar", args=[run.pk])
    assert f"/runs/{run.pk}/" in client.get(reverse("runs", args=[bench.project.pk])).content.decode()
    assert client.get(reverse("similar", args=[bench.start().pk])).status_code == 404
    begun = client.post(reverse("similar-start", args=[bench.project.pk]), {"image": bench.images[1].pk})
    assert begun.url == reverse("similar", args=[Run.objects.first().pk])
    assert "matches" not in client.get(f"/api/runs/{run.pk}/").json()["result"]


@pytest.mark.parametrize(
    ("role", "listed", "added", "begun"),
    [(None, 404, 404, 404), ("viewer", 200, 403, 403), ("annotator", 200, 200, 302), ("reviewer", 200, 200, 302)],
)
def test_who_may_see_and_use_what_was_found(search, bench, client, role, listed, added, begun):
    run = search()
    client.force_login(factories.make_member(bench.project, role) if role else factories.make_user())
    address = reverse("api-run-matches", args=[run.pk])
    assert client.get(address).status_code == listed
    body = {"items": [1], "label": bench.label.pk}
    assert client.post(address, body, content_type="application/json").status_code == added
    assert client.get(reverse("similar", args=[run.pk])).status_code == listed
    start = reverse("similar-start", args=[bench.project.pk])
    assert client.post(start, {"image": bench.images[0].pk}).status_code == begun
