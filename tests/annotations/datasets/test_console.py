"""The administration's way to a change of datasets: chosen in a list, previewed, done, undone; for administrators."""

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import DatasetChange
from projects.models import Dataset
from tests import factories

KINDS = ("merge", "split", "move", "copy", "copies")


@pytest.fixture
def console(db):
    client = Client()
    client.force_login(factories.make_user("admin@example.org", is_staff=True, is_superuser=True))
    return client


def page(project, kind):
    return reverse("admin:dataset-change", args=[project.pk, kind])


def test_chosen_datasets_are_merged_and_undone(console, project):
    first, second = project.datasets.first(), Dataset.objects.create(project=project, name="Second")
    image = factories.make_image(project, dataset=second)
    body = {"action": "merge", "_selected_action": [first.pk, second.pk]}
    went = console.post(reverse("admin:projects_dataset_changelist"), body)
    assert went["Location"] == f"{page(project, 'merge')}?datasets={first.pk}%2C{second.pk}"
    asked = console.get(went["Location"])
    assert "Second" in asked.content.decode()
    assert asked.context["found"] is None
    given = {"kind": "merge", "datasets": f"{first.pk},{second.pk}", "to": first.pk}
    shown = console.get(page(project, "merge"), given)
    assert shown.context["found"].images == 1
    assert not DatasetChange.objects.exists()
    done = console.post(page(project, "merge"), given)
    change = DatasetChange.objects.get()
    assert done["Location"] == reverse("admin:annotations_datasetchange_change", args=[change.pk])
    assert "Undo" in console.get(done["Location"]).content.decode()
    image.refresh_from_db()
    assert image.dataset == first
    console.post(reverse("admin:dataset-change-verb", args=[change.pk, "undo"]))
    image.refresh_from_db()
    assert image.dataset == second


@pytest.mark.parametrize(("many", "projects"), [(1, 2), (3, 1)])
def test_rows_are_of_one_project_and_not_too_many(many, projects, console, monkeypatch):
    monkeypatch.setattr("annotations.admin.datasets.MOST", 2)
    images = [
        factories.make_image(project)
        for project in (factories.make_project() for _ in range(projects))
        for _ in range(many)
    ]
    body = {"action": "split", "_selected_action": [image.pk for image in images]}
    went = console.post(reverse("admin:projects_image_changelist"), body, follow=True)
    assert "Choose rows of one project, and at most 2." in went.content.decode()


def test_a_project_leads_to_its_near_copies(console, project):
    images = [factories.make_image(project) for _ in range(2)]
    type(images[0]).objects.update(group=images[0].pk)
    went = console.post(
        reverse("admin:projects_project_changelist"), {"action": "copies", "_selected_action": project.pk}
    )
    assert went["Location"] == page(project, "copies")
    shown = console.get(page(project, "copies"), {"kind": "copies"})
    assert shown.context["found"].groups == 1
    for image in images:
        assert reverse("admin:image-thumb", args=[image.pk]) in shown.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_asks_before_it_acts(kind, console, project):
    answer = console.get(page(project, kind))
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()
    assert " style=" not in answer.content.decode()
    assert console.post(page(project, kind), {"kind": kind}).status_code in {200, 302}
    assert not DatasetChange.objects.exists()


@pytest.mark.parametrize("who", ["owner", "staff", "stranger", None])
def test_it_is_for_administrators(who, project, client_as, client):
    if who == "staff":
        client.force_login(factories.make_user(is_staff=True))
    else:
        client = client_as(who)
    change = DatasetChange.objects.create(project=project, kind="split", state="queued")
    for kind in KINDS:
        assert client.get(page(project, kind)).status_code in {302, 403}
        assert client.post(page(project, kind), {"kind": kind}).status_code in {302, 403}
    assert client.post(reverse("admin:dataset-change-verb", args=[change.pk, "cancel"])).status_code in {302, 403}
    change.refresh_from_db()
    assert change.state == "queued"


@pytest.mark.parametrize(("pk", "kind"), [(None, "burn"), (0, "merge")])
def test_nothing_stands_behind_other_addresses(pk, kind, console, project):
    assert (
        console.get(reverse("admin:dataset-change", args=[project.pk if pk is None else pk, kind])).status_code == 404
    )


def test_what_is_on_its_way_is_cancelled_and_tried_again(console, project):
    change = DatasetChange.objects.create(project=project, kind="split", state="running", choice={"to": None})
    for verb, after in (("cancel", "cancelled"), ("retry", "queued"), ("undo", "queued")):
        console.post(reverse("admin:dataset-change-verb", args=[change.pk, verb]))
        change.refresh_from_db()
        assert change.state == after
