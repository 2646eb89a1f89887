"""Worst mistakes on pages: pictures of images that are still there, for members only, in a number of queries that does
not grow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import LabelClass
from projects.models import Image, Project
from tests import factories
from training.analysis import held_out_errors
from training.model_versions import archive
from training.models import ModelVersion, Run
from training.runner import results

SignIn = Callable[[str | None], Client]


def mistake(image: Image, **fields: Any) -> dict[str, Any]:
    case = {"kind": "false", "image_id": image.pk, "xyxy": [10, 10, 40, 40], "probability": 0.9, "iou": 0.0}
    return case | {"drawn": None} | fields


def measured(*cases: dict[str, Any]) -> dict[str, Any]:
    return {
        "shots": 12, "measured": "loo", "threshold_review": 0.5, "threshold_auto": 0.9, "precision": 0.9,
        "precision_low": 0.6,
        "precision_high": 0.98, "recall": 0.75, "recall_low": 0.46, "recall_high": 0.91, "f1": 0.82, "ap50": 0.8,
        "pr_curve": [[0.2, 1.0, 0.9], [0.75, 0.9, 0.55]], "worst": list(cases),
    }  # fmt: skip


def make_run(project: Project, figures: dict[LabelClass, dict[str, Any]]) -> tuple[Run, ModelVersion]:
    number = project.runs.count() + 1
    run = Run.objects.create(
        project=project, number=number, kind=Run.Kind.AUTOLABEL, state=Run.State.DONE, created_by=project.created_by,
        result={"classes": {str(label.pk): one for label, one in figures.items()}},
    )  # fmt: skip
    for label, one in figures.items():
        run.classes.add(label)
        model = ModelVersion.objects.create(
            project=project, run=run, kind=ModelVersion.Kind.FEWSHOT, label=label, name=label.name, version=number,
            sha256="0" * 64, bytes=1000, classes=[{"id": label.pk, "name": label.name}], metrics=one, details={},
        )  # fmt: skip
    return run, model


@pytest.fixture
def label(project: Project) -> LabelClass:
    return factories.make_class(project)


def shown(client: Client, found: Run | ModelVersion) -> list[dict[str, Any]]:
    """The mistakes in a page's data."""
    if isinstance(found, ModelVersion):
        return client.get(reverse("model", args=[found.pk])).context["data"]["metrics"]["worst"]
    figures = client.get(reverse("run", args=[found.pk])).context["data"]["run"]["result"]["classes"]
    return next(iter(figures.values()))["worst"]


@pytest.mark.parametrize("page", [0, 1])
def test_pages_show_pictures(page: int, project: Project, label: LabelClass, client_as: SignIn) -> None:
    image = factories.make_image(project, name="barn.jpg", width=400, height=300)
    loose = mistake(image, kind="loose", drawn=[20, 20, 60, 60], iou=0.6)
    found = make_run(project, {label: measured(mistake(image), loose)})[page]
    client = client_as("viewer")
    first, second = shown(client, found)
    assert (first["name"], first["kind"], first["probability"]) == ("barn.jpg", "false", 0.9)
    assert second["crop_url"].endswith("?box=10%2C10%2C60%2C60")  # what was found and what a person drew
    left, top, right, bottom = second["window"]
    assert left <= 10 <= 60 <= right
    assert top <= 10 <= 60 <= bottom
    assert client.get(second["crop_url"]).status_code == 200


@pytest.mark.parametrize("page", [0, 1])
def test_what_is_gone_or_elsewhere_is_left_out(
    page: int, project: Project, label: LabelClass, client_as: SignIn
) -> None:
    images = [factories.make_image(project) for _ in range(2)]
    other = factories.make_image(factories.make_project())
    found = make_run(project, {label: measured(*(mistake(image) for image in (*images, other)))})[page]
    images[0].delete()
    assert [case["image_id"] for case in shown(client_as("viewer"), found)] == [images[1].pk]


@pytest.mark.parametrize("name", ["models", "api-models", "model", "api-model"])
def test_models_are_said_without_the_results_of_their_runs(
    name: str, project: Project, label: LabelClass, client_as: SignIn
) -> None:
    """A run's result has every mistake of every class: who looks at models has no use for it."""
    _, model = make_run(project, {label: measured(mistake(factories.make_image(project)))})
    client = client_as("viewer")
    url = reverse(name, args=[project.pk if name.endswith("s") else model.pk])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert [query["sql"] for query in captured if '"training_run"."result"' in query["sql"]] == []


def test_pages_of_models_from_before_have_none(project: Project, label: LabelClass, client_as: SignIn) -> None:
    figures = measured()
    for name in ("worst", "precision_high", "recall_low", "recall_high"):
        del figures[name]
    run, model = make_run(project, {label: figures})
    client = client_as("viewer")
    html = client.get(reverse("model", args=[model.pk])).content.decode()
    assert "at least 60%" in html
    assert "likely" not in html
    assert client.get(reverse("run", args=[run.pk])).status_code == 200


def test_the_model_page_says_how_sure_its_figures_are(project: Project, label: LabelClass, client_as: SignIn) -> None:
    _, model = make_run(project, {label: measured()})
    html = client_as("viewer").get(reverse("model", args=[model.pk])).content.decode()
    assert "likely 60% to 98%" in html
    assert "likely 46% to 91%" in html
    assert "F1 82%" in html  # in the list of versions


@pytest.mark.parametrize("name", ["run", "model", "runs", "models", "api-run", "api-runs", "api-model", "api-models"])
def test_more_classes_and_mistakes_ask_no_more(
    name: str, project: Project, label: LabelClass, client_as: SignIn
) -> None:
    client = client_as("viewer")

    def asked(figures: dict[LabelClass, dict[str, Any]]) -> int:
        run, model = make_run(project, figures)
        what = {"run": run.pk, "model": model.pk}.get(name.removeprefix("api-"), project.pk)
        url = reverse(name, args=[what])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    factories.make_image(project)  # enough for what the page of a model draws by lot
    few = asked({label: measured(mistake(factories.make_image(project)))})
    images = [factories.make_image(project) for _ in range(12)]
    labels = [label, *(factories.make_class(project) for _ in range(3))]
    assert asked({one: measured(*map(mistake, images)) for one in labels}) == few


@pytest.mark.parametrize(("role", "status"), [(None, 404), ("stranger", 404), ("viewer", 200), ("owner", 200)])
def test_crops_of_any_place_are_for_members(role: str | None, status: int, project: Project, client_as: SignIn) -> None:
    image = factories.make_image(project, width=400, height=300)
    url = reverse("file-image-crop", args=[image.pk])
    assert client_as(role).get(url, {"box": "10,20,110.5,90"}).status_code == status


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "nan,0,5,5", "0,0,inf,5", "9,0,5,5", "0,0,0,5"])
def test_a_box_that_is_none_is_named(box: str, project: Project, client_as: SignIn) -> None:
    url = reverse("file-image-crop", args=[factories.make_image(project).pk])
    reply = client_as("viewer").get(url, {"box": box})
    assert (reply.status_code, json.loads(reply.content)["field"]) == (400, "box")


@pytest.mark.parametrize("box", ["-50,-50,20,20", "10,10,9999,9999", "500,500,600,600"])
def test_a_box_over_the_edge_is_cut_there(box: str, project: Project, client_as: SignIn) -> None:
    url = reverse("file-image-crop", args=[factories.make_image(project).pk])
    assert client_as("viewer").get(url, {"box": box}).status_code == 200


def test_figures_keep_no_more_mistakes_than_a_page_shows(tmp_path: Any) -> None:
    case = {"kind": "missed", "image_id": 4, "xyxy": [1, 2, 3, 4], "probability": None, "iou": 0, "drawn": None}
    path = tmp_path / "suggestions.json"
    path.write_text(json.dumps({"images": [], "classes": {"3": {"worst": [case] * 20}}}), encoding="utf-8")
    assert results.read(path, {}).classes["3"]["worst"] == [case] * held_out_errors.MOST


def test_lists_and_downloads_carry_no_mistakes(project: Project, label: LabelClass, client_as: SignIn) -> None:
    run, model = make_run(project, {label: measured(mistake(factories.make_image(project)))})
    client = client_as("viewer")
    [row] = client.get(reverse("api-runs", args=[project.pk])).json()["results"]
    assert "worst" not in row["result"]["classes"][str(label.pk)]
    assert "worst" not in archive.described(model)["metrics"]
    [listed] = client.get(reverse("api-models", args=[project.pk])).json()["results"]
    single = client.get(reverse("api-model", args=[model.pk])).json()
    for reported in (listed, single):
        assert (reported["metrics"]["f1"], "worst" in reported["metrics"]) == (0.82, False)
    alone = client.get(reverse("api-run", args=[run.pk])).json()["result"]["classes"][str(label.pk)]
    assert len(alone["worst"]) == 1
