"""What a run stores, beside what is there already; and that storing twice stores once."""

from __future__ import annotations

import pytest

from annotations.flags import Flag
from annotations.geometry import iou
from annotations.models import Box, Complete, Suggestion
from annotations.review.actions import accept, reject
from projects.errors import Refusal
from tests import factories
from training import jobs
from training.models import ModelVersion, Run
from training.protocol import job_file
from training.runner import jobfile, results
from training.runs import actions

RIGHT = (0.6 * 640, 0.1 * 480, 0.9 * 640, 0.4 * 480)  # where the stand-in engine finds its sure one


def carried(run: Run) -> Run:
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    return run


def states(**wanted: object) -> list[str]:
    return sorted(Suggestion.objects.filter(**wanted).values_list("state", flat=True))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
    ],
)
def test_iou(a, b, expected):
    assert iou(a, b) == pytest.approx(expected)


def test_on_a_person_s_box_nothing_is_suggested(bench, engine):
    engine("ok")
    factories.make_box(bench.images[1], bench.label, RIGHT)
    run = carried(bench.start())
    assert run.result["counts"]["left_out"] == {"boxed": 1}
    assert Suggestion.objects.filter(image=bench.images[1]).count() == 1


def test_a_box_of_another_class_does_not_count(bench, engine):
    engine("ok")
    factories.make_box(bench.images[1], factories.make_class(bench.project), RIGHT)
    assert carried(bench.start()).result["counts"]["suggested"] == 6


def test_complete_images_get_none_also_when_said_meanwhile(bench, engine, monkeypatch):
    engine("ok")
    Complete.objects.create(image=bench.images[0], label=bench.label)
    run = bench.start()
    read = results.read

    def late(*given):
        Complete.objects.create(image=bench.images[1], label=bench.label)
        return read(*given)

    monkeypatch.setattr(results, "read", late)
    run = carried(run)
    assert run.result["counts"] == {"images": 2, "suggested": 2, "sure": 1, "left_out": {"complete": 2}}


def test_a_second_run_replaces_what_waits_and_keeps_what_was_decided(bench, engine):
    engine("ok")
    first = carried(bench.start())
    sure, unsure = first.batch.suggestions.filter(image=bench.images[1]).order_by("-probability")
    accept(bench.owner, bench.project, [(sure.pk, sure.version)])
    reject(bench.owner, bench.project, [(unsure.pk, unsure.version)])
    second = carried(bench.start())
    assert states(batch=first.batch) == ["accepted", "rejected", "withdrawn", "withdrawn", "withdrawn", "withdrawn"]
    assert states(batch=second.batch) == ["pending"] * 4
    assert second.result["counts"]["left_out"] == {"boxed": 1, "rejected": 1}
    assert Box.objects.count() == 2


def test_the_undo_of_a_run_brings_back_what_it_had_replaced(bench, engine):
    engine("ok")
    first = carried(bench.start())
    second = carried(bench.start())
    assert states(batch=first.batch) == ["withdrawn"] * 6
    assert actions.undo_run(bench.owner, second) == {"withdrawn": 6, "boxes": 0}
    assert states(batch=second.batch) == ["withdrawn"] * 6
    assert states(batch=first.batch) == ["pending"] * 6
    second.refresh_from_db()
    assert actions.undo_run(bench.owner, second) == {"withdrawn": 0, "boxes": 0}


class Death(BaseException):
    """As kill -9 would: nothing in the worker catches it."""


@pytest.mark.parametrize("dies_after", [0, 1, 2])
def test_a_worker_that_dies_while_storing_loses_and_doubles_nothing(bench, engine, monkeypatch, dies_after):
    engine("ok")
    first = carried(bench.start())
    monkeypatch.setattr(results, "ROWS", 2)
    write, calls = results._write, []

    def dying(*given):
        if len(calls) == dies_after:
            raise Death
        calls.append(1)
        write(*given)

    monkeypatch.setattr(results, "_write", dying)
    second = bench.start()
    with pytest.raises(Death):
        jobs.execute_run(second.pk)
    monkeypatch.setattr(results, "_write", write)
    second.refresh_from_db()
    assert (second.state, Suggestion.objects.filter(batch=second.batch).count()) == ("running", 2 * dies_after)
    Run.objects.filter(pk=second.pk).update(state="queued")  # as the sweep does
    second = carried(second)
    assert states(batch=second.batch) == ["pending"] * 6
    assert states(batch=first.batch) == ["withdrawn"] * 6
    assert ModelVersion.objects.filter(pk__in=second.result["models"]).count() == 1


def test_a_worker_that_dies_between_models_keeps_each_once(bench, engine, monkeypatch):
    engine("ok")
    end = results.Claim.end

    def dying(*_given, **_fields):
        raise Death

    monkeypatch.setattr(results.Claim, "end", dying)
    run = bench.start(train="always")
    with pytest.raises(Death):
        jobs.execute_run(run.pk)
    monkeypatch.setattr(results.Claim, "end", end)
    Run.objects.filter(pk=run.pk).update(state="queued")
    carried(run)
    assert sorted(ModelVersion.objects.values_list("kind", "version")) == [("detector", 1), ("fewshot", 1)]


def test_versions_of_a_model_count_up(bench, engine):
    engine("ok")
    carried(bench.start())
    carried(bench.start(seed=1))
    assert list(ModelVersion.objects.order_by("id").values_list("name", "version")) == [
        ("mushroom", 1),
        ("mushroom", 2),
    ]


def test_people_s_writes_wait_for_no_large_transaction(bench, engine, django_assert_max_num_queries, monkeypatch):
    """No transaction holds more than 200 rows: an image with many suggestions is stored in parts."""
    sizes: list[int] = []
    store = results.store_suggestions
    monkeypatch.setattr(results, "store_suggestions", lambda rows: sizes.append(len(rows)) or store(rows))
    arrivals = [
        results.Arrival(bench.images[0].pk, bench.label.pk, (x, y, x + 9, y + 9), 0.5, 0.5, "head", False, [])
        for x in range(0, 600, 12)
        for y in range(0, 460, 12)
    ]
    run = bench.start()
    claim = results.Claim.take(run.pk)
    batch = results.batch_of(claim)
    for part in results._parts(arrivals):
        results._store_part(claim, batch, part, results.Counter())
    assert max(sizes) <= 200
    assert batch.suggestions.count() == len(arrivals) == 1950


def test_in_an_ignore_region_nothing_is_suggested_and_nothing_is_learned_of_it(bench, engine):
    engine("ok")
    image = bench.images[1]
    factories.make_box(image, bench.label, (0, 0, 640, 480), flags=Flag.IGNORE)
    Complete.objects.create(image=image, label=bench.label)
    factories.make_box(bench.images[2], bench.label, (300, 20, 640, 300), flags=Flag.IGNORE)
    run = bench.start()
    prepared = jobfile.prepare(run, lambda: None)
    images = {one.id: one for one in job_file.load(prepared.path).images}
    assert images[image.pk].boxes == ()
    assert images[image.pk].complete_for == {bench.label.pk}
    assert images[image.pk].regions_of(bench.label.pk) == [(0, 0, 640, 480)]  # what lies there must not count as empty
    run = carried(run)
    assert run.result["counts"]["left_out"] == {"ignored": 1}


def test_a_class_of_crowds_and_regions_alone_has_nothing_to_learn_from(bench):
    label = factories.make_class(bench.project, name="herd")
    factories.make_box(bench.images[0], label, flags=Flag.CROWD)
    factories.make_box(bench.images[0], label, flags=Flag.IGNORE)
    with pytest.raises(Refusal) as refused:
        bench.start(classes=[label.pk])
    assert refused.value.code == "no_shots"
