"""What people do on the pages: start a project, keep its classes and members, their own account, and start runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from projects.models import Invitation, Project, User
from projects.people import tokens
from tests import factories
from tests.pages.world import make_run
from training.models import ModelVersion, Run

SignIn = Callable[[str | None], Client]


def said(response: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_new_project_has_its_classes_and_a_dataset(client_as: SignIn) -> None:
    client = client_as("stranger")
    response = client.post(reverse("project-new"), {"name": "Traps", "classes": "fox, 너구리,fox ; owl"})
    project = Project.objects.get(name="Traps")
    assert response.url == reverse("images", args=[project.pk]) + "#upload"
    assert [label.name for label in project.classes.all()] == ["fox", "너구리", "owl"]
    assert project.datasets.count() == 1


def test_a_refused_class_leaves_no_project_behind(client_as: SignIn) -> None:
    response = client_as("stranger").post(reverse("project-new"), {"name": "Traps", "classes": "x" * 81})
    assert response.status_code == 200
    assert not Project.objects.filter(name="Traps").exists()


def test_classes_are_added_changed_and_deleted(client_as: SignIn, project: Project) -> None:
    client = client_as("owner")
    client.post(reverse("class-new", args=[project.pk]), {"names": "fox, owl"})
    fox, owl = project.classes.all()
    url = reverse("class", args=[project.pk, fox.pk])
    client.post(url, {"name": "red fox", "color": "#112233", "hotkey": "q"})
    fox.refresh_from_db()
    assert (fox.name, fox.color, fox.hotkey) == ("red fox", "#112233", "q")
    response = client.post(url, {"name": "owl", "color": "#112233", "hotkey": "q"})
    assert "owl" in said(response)
    client.post(reverse("class", args=[project.pk, owl.pk]), {"do": "delete"})
    assert project.classes.get() == fox


def test_a_class_of_another_project_is_not_there(client_as: SignIn, project: Project) -> None:
    label = factories.make_class(factories.make_project())
    assert client_as("owner").post(reverse("class", args=[project.pk, label.pk]), {"do": "delete"}).status_code == 404


def test_an_invitation_is_shown_once_and_works_once(client_as: SignIn, client: Client, project: Project) -> None:
    owner = client_as("owner")
    response = owner.post(reverse("invitation-new", args=[project.pk]), {"role": "reviewer"}, follow=True)
    [link] = [one["url"] for one in response.context["new_links"]]
    assert link in response.content.decode()
    assert link not in owner.get(reverse("project-settings", args=[project.pk])).content.decode()
    person = {"email": "new@example.org", "name": "New", "password": "a short sentence"}
    assert client.post(link, person).url == reverse("project", args=[project.pk])
    assert project.memberships.get(user__email="new@example.org").role == "reviewer"
    assert Client().get(link).status_code == 404


def test_an_invitation_can_be_withdrawn(client_as: SignIn, project: Project) -> None:
    owner = client_as("owner")
    owner.post(reverse("invitation-new", args=[project.pk]), {"role": "viewer"})
    url = reverse("invitation-revoke", args=[project.pk, project.invitations.get().pk])
    assert client_as("reviewer").post(url).status_code == 403
    owner.post(url)
    assert not project.invitations.exists()


def test_the_last_owner_stays(client_as: SignIn, project: Project) -> None:
    client = client_as("owner")
    response = client.post(reverse("member", args=[project.pk, project.created_by_id]), {"role": "viewer"})
    assert said(response)
    assert project.memberships.get().role == "owner"


def test_a_project_is_deleted_only_by_its_name(client_as: SignIn, project: Project) -> None:
    client = client_as("owner")
    client.post(reverse("project-delete", args=[project.pk]), {"name": "something else"})
    assert Project.objects.filter(pk=project.pk).exists()
    client.post(reverse("project-delete", args=[project.pk]), {"name": project.name})
    assert not Project.objects.filter(pk=project.pk, deleted_at=None).exists()


def test_the_first_administrator_comes_by_the_link(client: Client, db: None) -> None:
    _row, token = Invitation.issue(role="owner")
    url = reverse("setup", args=[token])
    weak = client.post(url, {"email": "ada@example.org", "password": "short"})
    assert weak.context["form"].errors["password"]
    client.post(url, {"email": "ada@example.org", "name": "Ada", "password": "a short sentence"})
    assert User.objects.get().is_superuser
    assert client.get(reverse("projects")).status_code == 200
    assert client.get(url).status_code == 404


TOKEN = {"name": "nightly export", "days": "30", "scopes": ["read", "export"]}


def test_a_token_is_shown_once(client_as: SignIn) -> None:
    client = client_as("viewer")
    secret = client.post(reverse("tokens"), TOKEN, follow=True).context["secret"]
    page = client.get(reverse("tokens"))
    assert secret not in page.content.decode()
    assert "nightly export" in page.content.decode()
    assert Client().get("/api/projects/", headers={"authorization": f"Token {secret}"}).status_code == 200
    client.post(reverse("token-revoke", args=[page.context["tokens"][0].token_key]))
    assert Client().get("/api/projects/", headers={"authorization": f"Token {secret}"}).status_code == 401


@pytest.mark.parametrize("missing", ["name", "scopes"])
def test_a_token_needs_a_name_and_a_scope(missing: str, client_as: SignIn) -> None:
    client = client_as("viewer")
    page = client.post(reverse("tokens"), {key: value for key, value in TOKEN.items() if key != missing})
    assert page.context["form"].errors[missing]
    assert not page.context["tokens"]


def test_the_tokens_of_others_are_theirs(client_as: SignIn) -> None:
    client_as("owner").post(reverse("tokens"), TOKEN)
    key = tokens.AuthToken.objects.get().token_key
    assert client_as("viewer").post(reverse("token-revoke", args=[key])).status_code == 404
    assert not client_as("viewer").get(reverse("tokens")).context["tokens"]


def test_language_is_kept_with_the_account(client_as: SignIn, project: Project) -> None:
    client = client_as("owner")
    there = reverse("project", args=[project.pk])
    response = client.post(reverse("language"), {"language": "ko", "next": there})
    assert response.url == there
    assert User.objects.get(pk=project.created_by_id).language == "ko"
    assert '<html lang="ko"' in client.get(there).content.decode()
    away = client.post(reverse("language"), {"language": "en", "next": "https://example.org/"})
    assert away.url == reverse("projects")


# --- runs -------------------------------------------------------------------------------------------------------------
AUTOLABEL = {
    "rotate_deg": 30,
    "flip": "on",
    "brightness": 30,
    "noise": "on",
    "epochs": 60,
    "train": "auto",
    "budget": "fast",
}


def test_a_run_starts_as_asked(client_as: SignIn, project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    factories.make_box(image, label)
    factories.make_image(project)
    client = client_as("reviewer")
    url = reverse("run-new", args=[project.pk])
    response = client.post(url, AUTOLABEL | {"classes": label.pk, "rotate_deg": 15, "budget": "best"})
    run = Run.objects.get()
    assert response.url == reverse("run", args=[run.pk])
    assert run.params["augment"] == {"rotate_deg": 15, "flip": True, "brightness": 0.3, "noise": True}
    assert run.params["budget"] == "best"


@pytest.mark.parametrize(("ticked", "kept"), [({"keep_base": "on"}, True), ({}, False)])
def test_a_run_keeps_the_base_classes_when_ticked(
    ticked: dict[str, str], kept: bool, client_as: SignIn, project: Project
) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    factories.make_box(image, label)
    factories.make_image(project)
    client, url = client_as("reviewer"), reverse("run-new", args=[project.pk])
    assert 'name="keep_base"' in client.get(url).content.decode()
    client.post(url, AUTOLABEL | {"classes": label.pk} | ticked)
    assert Run.objects.get().params["keep_base"] is kept


@pytest.mark.parametrize(("chosen", "aim"), [({}, "time"), ({"aim": "balanced"}, "balanced")])
def test_a_run_aims_at_what_was_chosen(chosen: dict[str, str], aim: str, client_as: SignIn, project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    factories.make_box(image, label)
    factories.make_image(project)
    client, url = client_as("reviewer"), reverse("run-new", args=[project.pk])
    assert client.get(url).content.decode().count('name="aim"') == 3
    client.post(url, AUTOLABEL | {"classes": label.pk} | chosen)
    assert Run.objects.get().params["aim"] == aim


@pytest.mark.parametrize("kept", [0, 80])
def test_what_a_detector_kept_is_said_apart_from_what_it_was_made_for(
    kept: int, client_as: SignIn, project: Project
) -> None:
    label = factories.make_class(project, "newt")
    base = [{"id": None, "name": f"thing {number}", "base": True} for number in range(kept)]
    model = ModelVersion.objects.create(
        project=project, kind="detector", name="m", version=1, sha256="", bytes=1,
        classes=[{"id": label.pk, "name": "newt"}, *base],
        details={"agreement": {"ap50": 0.9, "boxes": 8, "images": 3}} if kept else {},
    )  # fmt: skip
    client = client_as("reviewer")
    for name, pk in (("models", project.pk), ("detect", project.pk), ("model", model.pk)):
        url = reverse(name, args=[pk])
        assert ("and 80 ready-made classes" in client.get(url).content.decode()) is bool(kept)


@pytest.mark.parametrize(
    ("changed", "field"), [({"epochs": 0}, "epochs"), ({"rotate_deg": 900}, "rotate_deg"), ({"classes": ""}, "classes")]
)
def test_a_wrong_request_is_said_at_its_field(
    changed: dict[str, object], field: str, client_as: SignIn, project: Project
) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    factories.make_box(image, label)
    response = client_as("owner").post(
        reverse("run-new", args=[project.pk]), AUTOLABEL | {"classes": label.pk} | changed
    )
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert not Run.objects.exists()


def test_a_detector_maps_its_classes_to_ours(client_as: SignIn, project: Project) -> None:
    label = factories.make_class(project, "vehicle")
    factories.make_image(project)
    client, url = client_as("owner"), reverse("detect", args=[project.pk])
    request = {"source": "base:yolo11n", "confidence": 25, f"map-{label.pk}": "car, truck"}
    unknown = client.post(url, request | {f"map-{label.pk}": "car, spaceship"})
    assert "spaceship" in str(unknown.context["form"].errors[f"map-{label.pk}"])
    client.post(url, request)
    params = Run.objects.get().params
    assert params["class_map"] == {"car": label.pk, "truck": label.pk}
    assert params["confidence"] == 0.25


@pytest.mark.parametrize(("state", "do", "after"), [("queued", "cancel", "cancelled"), ("failed", "retry", "queued")])
def test_runs_are_cancelled_and_retried(state: str, do: str, after: str, client_as: SignIn, project: Project) -> None:
    factories.make_image(project)
    run = make_run(project, factories.make_class(project), state=state)
    url = reverse("run-verb", args=[run.pk, do])
    assert client_as("annotator").post(url).status_code == 403
    assert client_as("stranger").post(url).status_code == 404
    client_as("reviewer").post(url)
    run.refresh_from_db()
    assert run.state == after


def test_a_run_is_undone_as_one(client_as: SignIn, project: Project) -> None:
    factories.make_image(project)
    run = make_run(project, factories.make_class(project))
    client_as("reviewer").post(reverse("run-verb", args=[run.pk, "undo"]))
    assert set(run.batch.suggestions.values_list("state", flat=True)) == {"withdrawn"}
