"""The test split is never learned from: every way in, one test each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Complete, Suggestion
from annotations.splits import actions as splits
from projects.errors import Refusal
from projects.models import Image
from tests import factories
from tests.training.conftest import Bench
from training import jobs, scope, shots
from training.analysis import next_images, outcome
from training.dashboard import facts
from training.model_versions.store import training_inputs
from training.models import Run
from training.protocol import job_file
from training.protocol.job import Job
from training.runner import jobfile, similarity_floor

OTHER = (100, 100, 160, 160)


def put(bench: Bench, split: str, *images: Image) -> None:
    splits.put(bench.owner, bench.project, {split: [image.pk for image in images]})


def job_of(run: Run) -> Job:
    return job_file.load(jobfile.prepare(run, lambda: None).path)


def test_boxes_rejections_and_complete_images_of_it_are_not_in_the_job(bench: Bench) -> None:
    _shot, image, _open = bench.images
    factories.make_box(image, bench.label, OTHER)
    factories.make_suggestion(image, bench.label, (200, 200, 260, 260), state=Suggestion.State.REJECTED)
    Complete.objects.create(image=image, label=bench.label)
    assert image.pk in {one.id for one in job_of(bench.start()).images}
    put(bench, "test", image)
    job = job_of(bench.start())
    assert image.pk not in {one.id for one in job.images}
    assert job.count_shots() == 1


def test_it_is_no_target_where_self_training_pseudo_labels_and_thresholds_come_from(bench: Bench) -> None:
    put(bench, "test", bench.images[2])
    assert [one.id for one in job_of(bench.start()).targets] == [image.pk for image in bench.images[:2]]


def test_a_run_that_names_its_images_leaves_it_out_or_is_refused(bench: Bench) -> None:
    put(bench, "test", bench.images[2])
    both = [image.pk for image in bench.images[1:]]
    assert [one.id for one in job_of(bench.start(images=both)).targets] == both[:1]
    with pytest.raises(Refusal) as refused:
        bench.start(images=both[1:])
    assert refused.value.code == "test_split"


def test_a_dataset_that_is_all_test_is_refused(bench: Bench) -> None:
    put(bench, "test", *bench.images[1:])
    second = bench.project.datasets.create(name="Second")
    Image.objects.filter(pk__in=[image.pk for image in bench.images[1:]]).update(dataset=second)
    with pytest.raises(Refusal):
        bench.start(dataset=second.pk)


def test_a_class_whose_only_boxes_are_in_it_has_nothing_to_learn_from(bench: Bench) -> None:
    put(bench, "test", bench.images[0])
    with pytest.raises(Refusal) as refused:
        bench.start()
    assert refused.value.code == "no_shots"


@pytest.mark.parametrize("split", ["test", "train"])
def test_near_copies_of_a_test_image_are_not_learned_from_either(split: str, bench: Bench) -> None:
    """As when a copy is uploaded after the division."""
    copy = bench.images[1]
    factories.make_box(copy, bench.label, OTHER)
    Image.objects.filter(pk__in=[copy.pk, bench.images[2].pk]).update(group=copy.pk)
    put(bench, split, bench.images[2])
    assert (copy.pk in {one.id for one in job_of(bench.start()).images}) == (split != "test")


def test_a_detector_suggests_nothing_there(bench: Bench) -> None:
    put(bench, "test", bench.images[2])
    run = bench.start(kind="detect", classes=None, detector="yolo11n", class_map={"person": bench.label.pk})
    assert bench.images[2].pk not in {one.id for one in job_of(run).images}


@pytest.mark.parametrize("within", [True, False])
def test_a_search_does_not_start_from_it(within: bool, bench: Bench) -> None:
    put(bench, "test", bench.images[0])
    with pytest.raises(Refusal) as refused:
        bench.start(kind="similar", classes=None, image=bench.images[0].pk, box=str(bench.shot.pk), within=within)
    assert refused.value.code == "test_split"


def test_a_search_does_not_look_into_it(bench: Bench) -> None:
    put(bench, "test", bench.images[2])
    run = bench.start(kind="similar", classes=None, image=bench.images[0].pk, box=str(bench.shot.pk))
    assert [one.id for one in job_of(run).images] == [image.pk for image in bench.images[:2]]


def test_a_search_whose_image_was_put_there_meanwhile_ends(bench: Bench) -> None:
    run = bench.start(kind="similar", classes=None, image=bench.images[0].pk, box=str(bench.shot.pk))
    put(bench, "test", bench.images[0])
    with pytest.raises(jobfile.NothingToDo):
        job_of(run)


def test_a_search_s_floor_is_not_learned_from_boxes_there(bench: Bench) -> None:
    match = [[bench.images[0].pk, *bench.shot.xyxy, 0.9]]
    assert similarity_floor.known(bench.label.pk, match) == ([0.9], [])
    put(bench, "test", bench.images[0])
    assert similarity_floor.known(bench.label.pk, match) == ([], [])


def test_what_a_run_found_there_is_not_suggested_where_it_was_put_there_meanwhile(
    bench: Bench, engine: Callable[[str], None]
) -> None:
    engine("ok")
    run = bench.start()
    jobfile.prepare(run, lambda: None)
    Run.objects.filter(pk=run.pk).update(attempts=1)  # a later attempt keeps its job as it is
    put(bench, "test", bench.images[1])
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    found = set(Suggestion.objects.exclude(state=Suggestion.State.DROPPED).values_list("image", flat=True))
    assert found == {bench.images[0].pk, bench.images[2].pk}
    assert run.result["counts"]["left_out"]["test"] >= 1


def test_a_class_model_that_learned_before_knows_no_difference(bench: Bench) -> None:
    """Boxes in the test split are no news to it: its newest version stays the same."""
    put(bench, "test", bench.images[2])
    before = training_inputs(job_of(bench.start()), bench.label.pk)
    factories.make_box(bench.images[2], bench.label, OTHER)
    Complete.objects.create(image=bench.images[2], label=bench.label)
    assert training_inputs(job_of(bench.start()), bench.label.pk) == before


def test_its_boxes_are_not_shown_as_shots(bench: Bench) -> None:
    factories.make_box(bench.images[1], bench.label, OTHER)
    put(bench, "test", bench.images[1])
    listed = shots.Shots(bench.label.pk, [])
    assert (len(listed), [box.pk for box in listed[0:9]]) == (1, [bench.shot.pk])


def test_it_is_not_among_what_to_label_next(bench: Bench) -> None:
    put(bench, "test", *bench.images[:2])
    for image in bench.images:
        factories.make_suggestion(image, bench.label, probability=0.5)
    found = next_images.next_images(bench.label, 3)
    assert [image.pk for image, _pick in found] == [bench.images[2].pk]


def test_lots_are_drawn_without_it(bench: Bench) -> None:
    put(bench, "test", *bench.images[:2])
    Complete.objects.create(image=bench.images[0], label=bench.label)
    for seed in "abcdef":
        assert [image.pk for image, _pick in next_images.next_images(bench.label, 3, seed=seed)] == [bench.images[2].pk]


def test_its_boxes_do_not_count_as_enough_for_a_run(bench: Bench) -> None:
    from annotations.statistics import figures_of

    factories.make_box(bench.images[1], bench.label, OTHER)
    put(bench, "test", bench.images[1])
    found = facts.gather(bench.project, [bench.label], figures_of(bench.project), [], False)
    assert [(label.boxes, label.open) for label in found.classes] == [(1, 2)]


def test_the_form_of_a_run_counts_what_it_learns_from(bench: Bench, client: Any) -> None:
    factories.make_box(bench.images[1], bench.label, OTHER)
    put(bench, "test", bench.images[1])
    client.force_login(bench.owner)
    context = client.get(reverse("run-new", args=[bench.project.pk])).context
    assert [row["boxes"] for row in context["ready"]] == [1]
    assert (context["images"], context["measured"]) == (2, 1)


def test_what_became_of_a_run_leaves_it_out(bench: Bench, engine: Callable[[str], None]) -> None:
    engine("ok")
    run = bench.start()
    jobs.execute_run(run.pk)
    run.refresh_from_db()
    Complete.objects.create(image=bench.images[1], label=bench.label)
    assert bench.label.pk in outcome.since_finished(run)
    put(bench, "test", bench.images[1])
    assert outcome.since_finished(run) == {}


def test_images_without_a_split_train_and_val_are_learned_from(bench: Bench) -> None:
    put(bench, "train", bench.images[0])
    put(bench, "val", bench.images[1])
    job = job_of(bench.start())
    assert [(one.id, one.split) for one in job.images] == [
        (image.pk, split) for image, split in zip(bench.images, ("", "val", ""), strict=True)
    ]
    assert set(scope.learnable(bench.project)) == set(bench.images)


# --- and what a run is measured on ------------------------------------------------------------------------------------
def test_the_job_has_complete_test_images_apart_with_all_their_boxes(bench: Bench) -> None:
    other = factories.make_class(bench.project, name="toadstool")
    factories.make_box(bench.images[1], other, OTHER)
    Complete.objects.create(image=bench.images[1], label=other)
    put(bench, "test", *bench.images[1:])
    job = job_of(bench.start())
    assert [(one.id, one.target, one.complete_for) for one in job.test] == [
        (bench.images[1].pk, False, frozenset({other.pk}))
    ]
    assert [(box.class_id, box.xyxy) for box in job.test[0].boxes] == [(other.pk, OTHER)]
    assert job.names == {bench.label.pk: "mushroom", other.pk: "toadstool"}


def test_a_run_of_named_images_is_not_measured(bench: Bench) -> None:
    Complete.objects.create(image=bench.images[1], label=bench.label)
    put(bench, "test", bench.images[1])
    assert job_of(bench.start(images=[bench.images[2].pk])).test == ()
