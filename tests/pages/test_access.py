"""Who gets which page, and who may do what on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Export
from projects.bin import actions as bin_actions
from projects.models import Project
from tests import factories
from tests.pages.world import SignIn, compare_url
from training.models import ModelVersion


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 200)])
def test_pages_of_a_run_and_a_model(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    client = client_as(role)
    assert client.get(reverse("run", args=[filled.runs.first().pk])).status_code == status
    assert client.get(reverse("model", args=[filled.models.first().pk])).status_code == status


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 200)])
def test_pages_of_versions(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    client, other = client_as(role), factories.make_project(filled.created_by)
    version, restore = filled.versions.first().pk, filled.restores.first().pk
    assert client.get(reverse("version", args=[filled.pk, version])).status_code == status
    assert client.get(reverse("restore", args=[filled.pk, restore])).status_code == status
    assert client.get(compare_url(filled)).status_code == status
    if role is not None:  # nor through another project
        client.force_login(other.created_by)
        assert client.get(reverse("version", args=[other.pk, version])).status_code == 404


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("version-new", (302, 404, 403, 302, 302)),
        ("version-compare-now", (302, 404, 302, 302, 302)),
        ("version-restore", (302, 404, 403, 403, 302)),
        ("restore-undo", (302, 404, 403, 403, 302)),
    ],
)
def test_verbs_of_versions(name: str, statuses: tuple[int, ...], client_as: SignIn, filled: Project) -> None:
    row = {"version-compare-now": filled.versions, "version-restore": filled.versions, "restore-undo": filled.restores}
    args = [filled.pk] + ([row[name].first().pk] if name in row else [])
    for role, status in zip((None, "stranger", "viewer", "annotator", "owner"), statuses, strict=True):
        assert client_as(role).post(reverse(name, args=args), {"name": "mine"}).status_code == status
    assert client_as("owner").get(reverse(name, args=args)).status_code == 405


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("reviewer", 403), ("owner", 200)])
def test_the_bin_is_the_owners(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    assert client_as(role).get(reverse("project-bin", args=[filled.pk])).status_code == status


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("reviewer", 404), ("owner", 302)])
def test_a_deleted_project_is_the_owners(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    bin_actions.delete_project(filled.created_by, filled)
    assert client_as(role).post(reverse("deleted-project", args=[filled.pk])).status_code == status
    assert (Project.objects.get().deleted_at is None) == (role == "owner")
    if role:
        assert client_as(role).get(reverse("deleted-projects")).status_code == 200


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("reviewer", 403), ("owner", 302)])
def test_a_model_is_deleted_by_owners(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    model = filled.models.first()
    assert client_as(role).post(reverse("model-delete", args=[model.pk])).status_code == status
    assert ModelVersion.objects.filter(pk=model.pk).exists() == (role != "owner")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("project-details", {"name": "Mine"}),
        ("class-new", {"names": "mine"}),
        ("invitation-new", {"role": "owner"}),
        ("project-delete", {"name": "Project"}),
    ],
)
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 403), ("reviewer", 403)])
def test_settings_are_the_owners(
    name: str, data: dict[str, str], role: str | None, status: int, client_as: SignIn, filled: Project
) -> None:
    data = data | ({"name": filled.name} if name == "project-delete" else {})
    assert client_as(role).post(reverse(name, args=[filled.pk]), data).status_code == status
    assert Project.objects.filter(pk=filled.pk, name=filled.name).exists()
    assert filled.invitations.count() == 0
    assert filled.classes.count() == 3


@pytest.mark.parametrize(
    "name",
    [
        "project-details",
        "class-new",
        "dataset-new",
        "invitation-new",
        "language",
        "images-bulk",
        "view-save",
        "sample-new",
        "autolabel-now",
        "automatic-labelling",
        "model-import",
    ],
)
def test_verbs_take_no_get(name: str, client_as: SignIn, project: Project) -> None:
    args = [] if name in ("language", "sample-new") else [project.pk]
    assert client_as("owner").get(reverse(name, args=args)).status_code == 405


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 302), ("stranger", 404), ("viewer", 403), ("annotator", 403), ("reviewer", 302), ("owner", 302)],
)
def test_a_run_is_started_by_who_may(role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    before = filled.runs.count()
    url = reverse("autolabel-now", args=[filled.pk])
    assert client_as(role).post(url, {"class": filled.classes.first().pk}).status_code == status
    assert filled.runs.count() - before == (role in ("reviewer", "owner"))


def test_a_run_in_the_images_that_are_ticked(client_as: SignIn, filled: Project) -> None:
    images = sorted(filled.images.values_list("pk", flat=True))[1:]
    label = filled.classes.first()
    client = client_as("owner")
    answer = client.post(reverse("autolabel-now", args=[filled.pk]), {"class": label.pk, "image": images})
    run = filled.runs.first()
    assert answer.url == reverse("run", args=[run.pk])
    assert (run.params["images"], list(run.classes.all())) == (images, [label])
    assert "in 2 images" in client.get(answer.url).content.decode()
    foreign = factories.make_image(factories.make_project())
    client.post(reverse("autolabel-now", args=[filled.pk]), {"class": label.pk, "image": [foreign.pk]})
    assert filled.runs.first() == run


@pytest.mark.parametrize("wanted", ["", "x", "999999"])
def test_a_run_wants_a_class_of_the_project(wanted: str, client_as: SignIn, filled: Project) -> None:
    before = filled.runs.count()
    answer = client_as("owner").post(reverse("autolabel-now", args=[filled.pk]), {"class": wanted})
    assert answer.url == reverse("project", args=[filled.pk])
    assert filled.runs.count() == before


@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 302)])
def test_the_next_image_is_the_first_that_nobody_touched(
    role: str | None, status: int, client_as: SignIn, filled: Project
) -> None:
    open_image = factories.make_image(filled)
    answer = client_as(role).get(reverse("next-image", args=[filled.pk]))
    assert answer.status_code == status
    if role == "viewer":
        assert answer.url == reverse("editor", args=[open_image.pk])


@pytest.mark.parametrize(("wanted", "kept"), [("7", "?draw=7"), ("", ""), ("x&next=", "")])
def test_the_next_image_is_opened_with_the_class_to_draw(
    wanted: str, kept: str, client_as: SignIn, filled: Project
) -> None:
    open_image = factories.make_image(filled)
    answer = client_as("annotator").get(reverse("next-image", args=[filled.pk]), {"class": wanted})
    assert answer.url == reverse("editor", args=[open_image.pk]) + kept


def test_a_sample_is_for_who_is_signed_in(client: Client, db: None) -> None:
    assert "login" in client.post(reverse("sample-new")).url
    assert not Project.objects.exists()


@pytest.mark.parametrize("verb", ["cancel", "delete"])
@pytest.mark.parametrize(
    ("role", "status", "ended"),
    [(None, 302, False), ("stranger", 404, False), ("viewer", 403, False), ("owner", 302, True)],
)
def test_an_export_of_somebody_else_is_the_owner_s_to_end(
    verb: str, role: str | None, status: int, ended: bool, client_as: SignIn, filled: Project
) -> None:
    job = Export.objects.create(project=filled, choice={"format": "coco"}, key="x")
    url = reverse(f"export-{verb}", args=[filled.pk, job.pk])
    assert client_as(role).post(url).status_code == status
    assert Export.objects.filter(pk=job.pk, state="queued").exists() is not ended


def test_prepared_exports_are_listed_with_who_and_what(
    client_as: SignIn, filled: Project, django_assert_max_num_queries: Any
) -> None:
    person = factories.make_member(filled, "annotator", name="Bo")
    choices = [
        {"format": "coco", "class": [label.pk], "split": "test", "state": "boxes", "author": person.pk, "images": True}
        for label in filled.classes.all()
    ]
    for number, choice in enumerate(choices):
        Export.objects.create(project=filled, choice=choice, key=str(number), created_by=person)
    client = client_as("viewer")
    with django_assert_max_num_queries(26):
        html = client.get(reverse("export", args=[filled.pk])).content.decode()
    assert html.count('data-testid="export-row"') == 3
    for words in (filled.classes.first().name, "Test", "with a box of Bo", "complete only", "with images"):
        assert words in html
    assert f"/export/{Export.objects.first().pk}/cancel/" not in html  # another's
