"""Who gets which page; that no page needs an inline script or style; that lists ask the same number of questions
however long they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from annotations.models import Complete, Export, LabelClass, Restore
from annotations.versions.actions import make_version
from projects.bin import actions as bin_actions
from projects.models import Image, Project
from tests import factories
from training.models import ModelVersion, Run

SignIn = Callable[[str | None], Client]
PROJECT_PAGES = [
    "project",
    "images",
    "review",
    "runs",
    "run-compare",
    "models",
    "model-compare",
    "export",
    "splits",
    "project-settings",
    "versions",
    "version-compare",
]
RUN_FORMS = ["run-new", "detect", "predict"]
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle=|\son[a-z]+=\"|javascript:", re.IGNORECASE
)


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with something on every page."""
    for number in range(3):
        label = factories.make_class(project, hotkey=str(number + 1))
        image = factories.make_image(project)
        factories.make_box(image, label)
        factories.make_suggestion(image, label)
        Complete.objects.create(image=image, label=label)
        make_run(project, label)
        made = make_version(project.created_by, project, name=f"version {number}")
        Restore.objects.create(project=project, version=made, before=made, after=made, state="done")
    return project


def make_run(project: Project, label: LabelClass, **fields: Any) -> Run:
    number = project.runs.count() + 1
    fields = {"kind": Run.Kind.AUTOLABEL, "state": Run.State.DONE} | fields
    run = Run.objects.create(project=project, number=number, created_by=project.created_by, **fields)
    run.classes.add(label)
    run.batch = factories.make_batch(project)
    run.save()
    factories.make_suggestion(project.images.first(), label, batch=run.batch)
    ModelVersion.objects.create(
        project=project, run=run, kind=ModelVersion.Kind.DETECTOR, name=label.name, version=number, sha256="0" * 64,
        bytes=1000, classes=[{"id": label.pk, "name": label.name}], metrics={"map50": 0.5},
        details={"summary": {"layers": 122}, "weights": [{"name": "w.pt", "sha256": "1" * 64}]},
    )  # fmt: skip
    return run


@pytest.mark.parametrize("name", PROJECT_PAGES + RUN_FORMS)
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 200), ("owner", 200)])
def test_pages_of_a_project(name: str, role: str | None, status: int, client_as: SignIn, filled: Project) -> None:
    if role == "viewer" and name in RUN_FORMS:
        status = 403
    response = client_as(role).get(reverse(name, args=[filled.pk]))
    assert response.status_code == status


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


@pytest.mark.parametrize("url", ["projects", "account", "project-new", "account_login", "editor", "project"])
def test_the_language_can_be_switched_everywhere(url: str, client_as: SignIn, filled: Project) -> None:
    args = {"editor": [filled.images.first().pk], "project": [filled.pk]}.get(url, [])
    page = client_as(None if url == "account_login" else "owner").get(reverse(url, args=args)).content.decode()
    assert 'name="language" value="ko"' in page


def compare_url(project: Project) -> str:
    first, last = project.versions.last().pk, project.versions.first().pk
    return f"{reverse('version-compare', args=[project.pk])}?before={first}&after={last}"


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


def pages(project: Project) -> Iterator[str]:
    yield from (reverse(name, args=[project.pk]) for name in PROJECT_PAGES + RUN_FORMS)
    yield from (reverse(name) for name in ("projects", "project-new", "account", "tokens", "account_logout"))
    yield reverse("run", args=[project.runs.first().pk])
    yield reverse("model", args=[project.models.first().pk])
    yield reverse("version", args=[project.pk, project.versions.first().pk])
    yield reverse("restore", args=[project.pk, project.restores.first().pk])
    yield compare_url(project)
    yield "/nothing/here/"


def test_no_page_needs_an_inline_script_or_style(client_as: SignIn, filled: Project) -> None:
    client = client_as("owner")
    for url in pages(filled):
        html = client.get(url).content.decode()
        assert not INLINE.search(html), (url, INLINE.search(html))


def test_first_pages_need_no_inline_script_either(client: Client, filled: Project) -> None:
    for url in (reverse("account_login"), reverse("invite", args=["x"]), reverse("setup", args=["x"])):
        assert not INLINE.search(client.get(url).content.decode()), url


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_inactive"])
def test_where_no_mail_is_sent_a_page_says_what_to_do(name: str, client: Client, db: None) -> None:
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert b'type="email"' not in page.content
    assert not INLINE.search(page.content.decode())
    assert client.post(reverse(name), {"email": "ada@example.org"}).status_code == 405


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_come_in_both_languages(language: str, client_as: SignIn, filled: Project) -> None:
    client = client_as("owner")
    client.cookies["django_language"] = language
    for url in pages(filled):
        assert f'<html lang="{language}"' in client.get(url).content.decode(), url


@pytest.mark.parametrize("name", ["projects", *PROJECT_PAGES, *RUN_FORMS])
def test_lists_ask_no_more_when_they_are_longer(name: str, client_as: SignIn, filled: Project) -> None:
    client = client_as("owner")
    url = reverse(name, args=[] if name == "projects" else [filled.pk])
    client.get(url)  # what is asked once and kept, is asked now
    before = queries(client, url)
    for _ in range(5):
        label = factories.make_class(filled)
        image = factories.make_image(filled, dataset=factories_dataset(filled))
        factories.make_box(image, label)
        factories.make_suggestion(image, label)
        make_run(filled, label)
        made = make_version(filled.created_by, filled, name=image.name)
        Restore.objects.create(project=filled, version=made, state="done")
        factories.make_member(filled, "annotator")
        factories.make_project(filled.created_by)
    after = queries(client, url)
    assert len(after) <= len(before), "\n".join(query["sql"][:200] for query in after)
    assert len(after) < 25


def factories_dataset(project: Project) -> Any:
    return project.datasets.create(name=f"more {project.datasets.count()}")


def queries(client: Client, url: str) -> list[dict[str, str]]:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return asked.captured_queries


def test_the_grid_filters(client_as: SignIn, filled: Project) -> None:
    client = client_as("viewer")
    label = filled.classes.first()
    extra = factories.make_image(filled, name="needle.jpg")
    url = reverse("images", args=[filled.pk])

    def shown(query: str) -> set[int]:
        return {row["id"] for row in client.get(url + query).context["thumbs"]}

    everything = set(Image.objects.filter(project=filled).values_list("pk", flat=True))
    assert shown("") == everything
    assert shown("?search=NEEDLE") == {extra.pk}
    assert shown("?state=empty") == {extra.pk}
    assert shown("?state=boxes") == everything - {extra.pk}
    assert len(shown(f"?class={label.pk}&state=boxes")) == 1
    assert shown(f"?class={label.pk}") == shown(f"?class={label.pk}&state=boxes")
    assert shown(f"?class={label.pk}&state=open") == everything - shown(f"?class={label.pk}&state=complete")
    assert shown("?state=nonsense&class=x&dataset=y&page=z") == everything


@pytest.mark.parametrize(("runs", "says"), [(0, True), (1, True), (2, False)])
def test_comparing_says_that_there_are_not_two_runs(runs: int, says: bool, client_as: SignIn, project: Project) -> None:
    factories.make_image(project)
    for _ in range(runs):
        make_run(project, factories.make_class(project))
    page = client_as("viewer").get(reverse("run-compare", args=[project.pk]))
    assert page.status_code == 200
    assert (b"There are not two runs yet" in page.content) == says


@pytest.mark.parametrize(("language", "says"), [("en", "Something broke on our side"), ("ko", "문제가 생겼습니다")])
def test_a_page_that_breaks_says_so_in_the_language_of_its_reader(
    language: str, says: str, client_as: SignIn, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("training.dashboard.project_list.page_of", broken)
    client = client_as("owner")
    client.raise_request_exception = False
    client.cookies["django_language"] = language
    with translation.override(None):  # what breaks leaves the language on; the next test must not inherit it
        page = client.get(reverse("projects"))
    assert page.status_code == 500
    assert f'<html lang="{language}">' in page.content.decode()
    assert says in page.content.decode()
