"""The browser's Back shows no past: every address says how long its answer may be kept, and all about live data not at
all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from projects.models import Project
from tests import factories

# Files and words that are the same whenever they are asked for, or that the browser asks about each time.
KEPT = {"file-image", "file-thumb", "file-suggestion-crop", "file-box-crop", "file-image-crop", "jsi18n"}
FOREVER = "private, max-age=31536000, immutable"


def addresses(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every named address, with ones for its numbers: (name, path)."""
    for name in (key for key in resolver.reverse_dict if isinstance(key, str)):
        for possibilities, *_rest in resolver.reverse_dict.getlist(name):
            path, parameters = possibilities[0]
            yield f"{space}{name}", "/" + prefix + path % dict.fromkeys(parameters, "1")
    for inner, (inner_prefix, inner_resolver) in resolver.namespace_dict.items():
        yield from addresses(inner_resolver, prefix + inner_prefix, f"{space}{inner}:")


ROUTES = sorted(set(addresses(get_resolver())))


@pytest.mark.django_db
def test_every_address_says_that_nothing_is_kept() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(is_superuser=True, is_staff=True))
    assert len(ROUTES) > 100
    said = {(name, path): client.get(path).get("Cache-Control", "nothing") for name, path in ROUTES}
    assert {one: what for one, what in said.items() if "no-store" not in what and one[0] not in KEPT} == {}


@pytest.mark.parametrize(
    ("name", "expected"), [("file-image", FOREVER), ("file-thumb", FOREVER), ("jsi18n", "private, no-cache")]
)
def test_what_never_changes_is_kept(
    name: str, expected: str, project: Project, client_as: Callable[[str | None], Client]
) -> None:
    image = factories.make_image(project)
    answer: Any = client_as("viewer").get(reverse(name, args=[] if name == "jsi18n" else [image.pk]))
    assert {part.strip() for part in answer["Cache-Control"].split(",")} == set(expected.split(", "))


def test_words_are_sent_once_while_they_stay_the_same(client: Client, db: None) -> None:
    first = client.get(reverse("jsi18n"))
    again = client.get(reverse("jsi18n"), headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_the_editors_state_is_live(project: Project, client_as: Callable[[str | None], Client]) -> None:
    image = factories.make_image(project)
    for address in (reverse("editor", args=[image.pk]), f"/api/images/{image.pk}/"):
        answer = client_as("annotator").get(address)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
