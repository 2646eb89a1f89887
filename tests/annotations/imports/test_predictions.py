"""Predictions of an outside model wait for review as a run's do, and the file's splits are taken where that may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.urls import reverse

from annotations.imports import actions
from annotations.models import BoxHistory, Suggestion, SuggestionBatch
from projects.errors import Forbidden
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import HEIGHT, WIDTH, coco, imported, step, taken, undone, yolo, zip_of

pytestmark = pytest.mark.django_db
Predicted = tuple[str, float, float, float, float, float]  # class, corners, score


def label_studio(images: Mapping[str, list[Predicted]], model: str = "outside-v2") -> str:
    """Tasks of images of 64 x 48 with the predictions of a model."""
    tasks: list[dict[str, Any]] = []
    for n, (name, boxes) in enumerate(images.items(), start=1):
        result = [
            {
                "type": "rectanglelabels", "from_name": "label", "to_name": "image", "score": score,
                "original_width": WIDTH, "original_height": HEIGHT,
                "value": {
                    "x": 100 * x1 / WIDTH, "y": 100 * y1 / HEIGHT, "width": 100 * (x2 - x1) / WIDTH,
                    "height": 100 * (y2 - y1) / HEIGHT, "rotation": 0, "rectanglelabels": [label],
                },
            }
            for label, x1, y1, x2, y2, score in boxes
        ]  # fmt: skip
        predictions = [{"model_version": model, "score": 0.5, "result": result}]
        tasks.append({"id": n, "data": {"image": name}, "annotations": [], "predictions": predictions})
    return json.dumps(tasks)


def test_they_become_suggestions_of_their_model(project: Project) -> None:
    for name in ("a.jpg", "b.jpg"):
        factories.make_image(project, name=name)
    job = imported(
        project,
        "x.json",
        label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9), ("cat", 40, 6, 60, 24, 0.2)], "b.jpg": []}),
    )
    assert (job.preview["model"], job.preview["predictions"], job.counts["predictions"]) == ("outside-v2", 2, 2)
    assert (job.batch.model, SuggestionBatch.objects.count()) == ("outside-v2", 1)
    rows = Suggestion.objects.order_by("-probability")
    assert [(one.probability, one.state, one.source, one.batch_id) for one in rows] == [
        (0.9, "pending", "outside-v2", job.batch.pk),
        (0.2, "pending", "outside-v2", job.batch.pk),
    ]
    assert rows[0].xyxy == pytest.approx((8, 6, 32, 24))
    assert list(project.images.values_list("version", flat=True)) == [1, 1]  # nobody's save becomes stale by it


def test_twice_is_once_and_what_has_its_box_is_left_out(project: Project) -> None:
    image, label = factories.make_image(project, name="a.jpg"), factories.make_class(project, "cat")
    factories.make_box(image, label, (40, 6, 60, 24))
    data = label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9), ("cat", 40, 6, 60, 24, 0.2)]})
    assert imported(project, "x.json", data).counts | {"images": 1} == {
        "images": 1,
        "predictions": 1,
        "predictions_there": 1,
    }
    again = imported(project, "x.json", data)
    assert (again.counts.get("predictions", 0), Suggestion.objects.count()) == (0, 1)
    other = imported(project, "x.json", label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9)]}, model="another"))
    assert other.counts["predictions"] == 1


def test_undo_withdraws_them(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    factories.make_class(project, "cat")
    data = label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9)]})
    job = undone(imported(project, "x.json", data))
    assert (job.counts["withdrawn"], Suggestion.objects.get().state) == (1, "withdrawn")
    assert imported(project, "x.json", data).counts["predictions"] == 1


def test_they_are_asked_for_by_their_batch(project: Project, client_as: Any) -> None:
    image = factories.make_image(project, name="a.jpg")
    factories.make_suggestion(image, factories.make_class(project, "cat"), probability=0.7)
    job = imported(project, "x.json", label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9)]}))
    client = client_as("viewer")
    for name, key in (("api-suggestions", "count"), ("api-suggestions-images", "total")):
        answer = client.get(reverse(name, args=[project.pk]), {"batch": job.batch.pk})
        assert answer.json()[key] == 1
    found = client.get(reverse("api-suggestions", args=[project.pk]), {"batch": job.batch.pk}).json()["results"][0]
    assert (found["probability"], found["run"], found["source"]) == (0.9, None, "outside-v2")
    cutoff = client.get(reverse("api-suggestions-cutoff", args=[project.pk]), {"batch": job.batch.pk, "state": "all"})
    assert [(row["at"], row["waiting"]) for row in cutoff.json()["bins"]] == [(0.9, 1)]


def with_splits() -> bytes:
    files = yolo(("a", "b"))
    files |= {"data.yaml": "train: train.txt\nval: val.txt\nnames: [cat, dog]\n"}
    return zip_of(files | {"train.txt": "./images/a.jpg\n", "val.txt": "./images/b.jpg\n"})


def splits_of(project: Project) -> dict[str, str]:
    return dict(project.images.values_list("name", "split"))


@pytest.mark.parametrize(("wanted", "found"), [({}, ["train", "val"]), ({"splits": False}, ["", ""])])
def test_splits_of_the_file(project: Project, wanted: Any, found: list[str]) -> None:
    job = taken(project, "set.zip", with_splits())
    assert job.preview["splits"] == {"train": 1, "val": 1}
    step(actions.start(project.created_by, job, wanted))
    assert list(splits_of(project).values()) == found
    assert BoxHistory.objects.filter(verb__in=["train", "val"]).count() == sum(map(bool, found))


def test_splits_are_undone_with_it(project: Project) -> None:
    project.classes.create(name="cat", color="#000000", number=1)
    data = with_splits()
    first = imported(project, "set.zip", data, splits=False)
    assert splits_of(project) == {"a.jpg": "", "b.jpg": ""}
    assert first.splits == {}
    undone(imported(project, "set.zip", data))
    assert splits_of(project) == {"a.jpg": "", "b.jpg": ""}


def test_who_may_not_review_takes_no_splits(project: Project) -> None:
    label = factories.make_class(project, "cat")
    worker = factories.make_member(project, "annotator")
    job = taken(project, "set.zip", with_splits(), worker)
    with pytest.raises(Forbidden):
        actions.start(worker, job, {"splits": True})
    job = step(actions.start(worker, job, {"classes": {"cat": label.pk, "dog": None}}))
    assert (job.phase, splits_of(project)) == ("done", {"a.jpg": "", "b.jpg": ""})


def test_what_has_no_score_is_unsure(project: Project) -> None:
    factories.make_image(project, name="a.jpg")
    assert coco({})  # COCO's own results carry a score; a task may carry none
    tasks = json.loads(label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9)]}))
    for one in tasks[0]["predictions"]:
        one.pop("score")
        one["result"][0].pop("score")
    imported(project, "x.json", json.dumps(tasks))
    assert Suggestion.objects.get().probability == 0.5


def test_its_page_leads_to_the_review_of_these_alone(project: Project, client_as: Any) -> None:
    image = factories.make_image(project, name="a.jpg")
    job = imported(
        project, "x.json", label_studio({"a.jpg": [("cat", 8, 6, 32, 24, 0.9), ("cat", 40, 6, 60, 24, 0.2)]})
    )
    other = factories.make_suggestion(image, project.classes.get(), (1, 30, 9, 40), probability=0.95)
    client = client_as("owner")
    link = f"{reverse('review', args=[project.pk])}?batch={job.batch.pk}"
    assert link in client.get(reverse("import", args=[project.pk, job.pk])).content.decode()
    assert f'<option value="batch-{job.batch.pk}">' in client.get(link).content.decode()
    assert (
        "batch-"
        not in client.get(
            reverse("review", args=[factories.make_project(project.created_by).pk]) + "?batch=7"
        ).content.decode()
    )
    body = {"min_probability": 0.1, "batch": job.batch.pk}
    address = reverse("api-suggestions-accept-above", args=[project.pk])
    assert len(client.post(address, body, content_type="application/json").json()["items"]) == 2
    other.refresh_from_db()
    assert other.state == "pending"
