"""What reviewers do with what is submitted, and what final images are good for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.exports.choice import ExportChoice
from annotations.exports.selection import Selection
from annotations.exports.serializers import parse_of
from annotations.gallery.filters import GalleryFilter, narrowed
from annotations.models import BoxHistory, Comment, Complete, WorkSample
from annotations.work import reviewing, turns
from projects.errors import Conflict, Forbidden, Refusal
from tests import factories
from tests.annotations.work.conftest import Team
from training.scope import scope_images, trusted


@pytest.fixture
def submitted(team: Team) -> Team:
    """All images of one person are submitted."""
    team.hand_out(team.ann)
    for image in team.images:
        turns.submit(team.ann, image)
    return team


def test_a_final_image_is_complete_for_the_classes_of_its_job(team: Team) -> None:
    fox, _owl = factories.make_class(team.project, "fox"), factories.make_class(team.project, "owl")
    team.hand_out(team.ann, count=1, classes=[fox])
    turns.submit(team.ann, team.images[0])
    assert reviewing.accept(team.reviewer, team.project, [team.images[0].pk]) == [team.images[0].pk]
    assert team.state(team.images[0]) == "final"
    assert Complete.objects.get().label == fox
    last = BoxHistory.objects.filter(image=team.images[0]).order_by("id").last()
    assert last is not None
    assert (last.verb, last.actor) == ("final", team.reviewer)


def test_what_is_not_submitted_does_not_become_final(team: Team) -> None:
    team.hand_out(team.ann)
    assert reviewing.accept(team.reviewer, team.project, [team.images[0].pk]) == []
    with pytest.raises(Forbidden):
        reviewing.accept(team.ann, team.project, [team.images[0].pk])


def test_a_returned_image_goes_to_its_worker_with_a_comment_on_the_box(submitted: Team) -> None:
    image = submitted.images[1]
    box = factories.make_box(image, factories.make_class(submitted.project))
    with pytest.raises(Refusal, match="mended"):
        reviewing.give_back(submitted.reviewer, image, comment=" ")
    item = reviewing.give_back(submitted.reviewer, image, comment="Too loose.", box=box.pk)
    assert (item.state, item.rounds, item.note) == ("returned", 1, "Too loose.")
    assert Comment.objects.get().box == box.pk
    again = turns.take_next(submitted.ann, submitted.project)
    assert again is not None
    assert again.image == image
    turns.submit(submitted.ann, image)
    reviewing.accept(submitted.reviewer, submitted.project, [image.pk])
    with pytest.raises(Conflict):
        turns.submit(submitted.ann, image)


def test_a_final_image_is_reopened(submitted: Team) -> None:
    ids = [image.pk for image in submitted.images]
    reviewing.accept(submitted.reviewer, submitted.project, ids)
    assert reviewing.reopen(submitted.reviewer, submitted.project, ids[:1]) == ids[:1]
    assert submitted.state(submitted.images[0]) == "submitted"


def test_a_sample_that_passes_decides_about_the_rest(submitted: Team) -> None:
    (job,) = submitted.project.work_jobs.all()
    sample = reviewing.draw_sample(submitted.reviewer, job, size=2, most_errors=1, seed=3)
    by_id = {image.pk: image for image in submitted.images}
    first, second = sample.images
    reviewing.give_back(submitted.reviewer, by_id[first], comment="One is missing.")
    assert WorkSample.objects.get().passed is None
    reviewing.accept(submitted.reviewer, submitted.project, [second])
    assert WorkSample.objects.get().passed is True
    states = [submitted.state(image) for image in submitted.images]
    assert sorted(states) == ["final", "final", "final", "returned"]


def test_a_sample_that_does_not_pass_leaves_the_rest(submitted: Team) -> None:
    (job,) = submitted.project.work_jobs.all()
    sample = reviewing.draw_sample(submitted.reviewer, job, size=2, most_errors=0, seed=3)
    image = next(image for image in submitted.images if image.pk == sample.images[0])
    with pytest.raises(Conflict):
        reviewing.draw_sample(submitted.reviewer, job, size=1, most_errors=0, seed=3)
    reviewing.give_back(submitted.reviewer, image, comment="One is missing.")
    assert WorkSample.objects.get().passed is False
    assert [submitted.state(image) for image in submitted.images].count("submitted") == 3


def test_exports_hold_what_is_final_unless_all_is_asked_for(submitted: Team) -> None:
    reviewing.accept(submitted.reviewer, submitted.project, [submitted.images[0].pk])
    assert _exported(submitted, {"format": "coco"}) == 1
    assert _exported(submitted, {"format": "csv"}) == 1
    assert _exported(submitted, {"format": "csv", "state": "any"}) == 4
    submitted.project.workflow = False
    assert _exported(submitted, {"format": "csv"}) == 4


def _exported(team: Team, query: dict[str, str]) -> int:
    choice: ExportChoice = parse_of(team.project, query)
    return Selection.of(team.project, choice).images().count()


def test_runs_learn_from_what_is_final_and_look_everywhere(submitted: Team) -> None:
    loose = factories.make_image(submitted.project)
    reviewing.accept(submitted.reviewer, submitted.project, [submitted.images[0].pk])
    assert set(trusted(submitted.project)) == {submitted.images[0], loose}
    assert scope_images(submitted.project, None, None).count() == 5
    submitted.project.workflow = False
    assert trusted(submitted.project).count() == 5


@pytest.mark.parametrize(("work", "count"), [("final", 1), ("submitted", 3), ("todo", 0), ("none", 1)])
def test_states_are_filters_of_the_gallery(work: str, count: int, submitted: Team) -> None:
    factories.make_image(submitted.project)
    reviewing.accept(submitted.reviewer, submitted.project, [submitted.images[0].pk])
    assert narrowed(submitted.project, GalleryFilter.parse({"work": work}), submitted.ann).count() == count


def test_the_page_of_jobs_costs_the_same_for_many(
    submitted: Team, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(submitted.owner)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        html = client.get(reverse("work", args=[submitted.project.pk])).content.decode()
    assert html.count('data-testid="work-row"') == 1
