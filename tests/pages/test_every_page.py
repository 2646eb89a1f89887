"""What holds for every page: no inline script or style, both languages, and as many questions however long a list
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from annotations.models import Restore
from annotations.versions.actions import make_version
from projects.models import Image, Project
from tests import factories
from tests.pages.world import PROJECT_PAGES, RUN_FORMS, SignIn, compare_url, make_run

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle=|\son[a-z]+=\"|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("url", ["projects", "account", "project-new", "account_login", "editor", "project"])
def test_the_language_can_be_switched_everywhere(url: str, client_as: SignIn, filled: Project) -> None:
    args = {"editor": [filled.images.first().pk], "project": [filled.pk]}.get(url, [])
    page = client_as(None if url == "account_login" else "owner").get(reverse(url, args=args)).content.decode()
    assert 'name="language" value="ko"' in page


def pages(project: Project) -> Iterator[str]:
    yield from (reverse(name, args=[project.pk]) for name in PROJECT_PAGES + RUN_FORMS)
    yield from (
        reverse(name)
        for name in (
            "projects",
            "project-new",
            "account",
            "tokens",
            "account_logout",
            "notifications",
            "notification-settings",
        )
    )
    yield reverse("run", args=[project.runs.first().pk])
    yield reverse("model", args=[project.models.first().pk])
    yield reverse("version", args=[project.pk, project.versions.first().pk])
    yield reverse("restore", args=[project.pk, project.restores.first().pk])
    yield compare_url(project)
    yield from (reverse(name, args=[project.pk]) for name in ("project-bin", "webhooks", "imports"))
    yield reverse("deleted-projects")
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
