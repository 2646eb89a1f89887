"""A model version is made where something was learned."""

from __future__ import annotations

import pytest
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from annotations.models import Complete, Suggestion
from tests import factories
from training import jobs, shots
from training.models import ModelVersion, Run
from training.runs import queries


def versions(bench, **asked) -> list[int]:
    run = bench.start(**asked)
    jobs.execute_run(run.pk)
    return queries.run_row(Run.objects.get(pk=run.pk))["models"]


def test_the_same_boxes_and_settings_are_the_same_version_wherever_it_looks(bench, engine):
    engine("ok")
    first = versions(bench)
    assert versions(bench, images=[bench.images[2].pk]) == first == versions(bench, train="never")
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize("change", ["box", "left out", "rejected", "complete", "counter-example", "budget", "augment"])
def test_whatever_it_learns_from_makes_a_new_one(bench, engine, change):
    engine("ok")
    [first] = versions(bench)
    asked = {}
    if change == "box":
        factories.make_box(bench.images[1], bench.label)
    elif change == "left out":
        factories.make_box(bench.images[1], bench.label)
        [first] = versions(bench)
        shots.leave_out(bench.owner, bench.shot)
    elif change == "rejected":
        factories.make_suggestion(bench.images[1], bench.label, state=Suggestion.State.REJECTED)
    elif change == "complete":
        Complete.objects.create(image=bench.images[0], label=bench.label)
    elif change == "counter-example":
        factories.make_box(bench.images[0], factories.make_class(bench.project), (100, 100, 160, 160))
    elif change == "budget":
        asked = {"budget": "best"}
    else:
        asked = {"augment": {"flip": False}}
    assert versions(bench, **asked) == [first + 1]
    assert [one.version for one in ModelVersion.objects.order_by("id")][-2:] in ([1, 2], [2, 3])


def test_a_box_in_another_image_of_another_class_trains_nothing(bench, engine):
    engine("ok")
    first = versions(bench)
    factories.make_box(bench.images[2], factories.make_class(bench.project))
    assert versions(bench) == first


def test_a_model_names_the_labels_that_it_learned_from(bench, engine):
    engine("ok")
    [pk] = versions(bench)
    model = ModelVersion.objects.get(pk=pk)
    kept = model.dataset_version
    assert (kept.reason, kept.name, kept.figures["boxes"]) == (
        "run",
        "",
        bench.project.images.aggregate(n=Count("boxes"))["n"],
    )
    factories.make_box(bench.images[1], bench.label)
    [later] = versions(bench)
    assert ModelVersion.objects.get(pk=later).dataset_version.number == kept.number + 1
    client = Client()
    client.force_login(bench.owner)
    page = client.get(reverse("model", args=[pk])).content.decode()
    assert reverse("version", args=[bench.project.pk, kept.pk]) in page
    assert client.get(reverse("api-model", args=[pk])).json()["dataset_version"] == kept.pk
