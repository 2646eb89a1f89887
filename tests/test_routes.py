"""Every route, of pages, API, files and websockets, as every role meets it; a route without a row of its own fails
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import Http404
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from annotations.models import LabelClass
from labelhub.routing import websocket_urlpatterns
from projects.models import Membership, Project, Role, SavedView, SignIn, User
from projects.policies import ROLES, Action
from tests import factories
from tests.annotations import test_access as bodies
from tests.pages.world import make_run
from tests.routes import OTHER_ROWS, OTHER_WORDS, ROUTES, ROWS, SOCKETS, WORDS, Need
from training.models import ConvertedModel, ModelVersion, Run

MEMBERS = tuple(Role.values)
OUTSIDERS = ("stranger", "administrator")  # of the installation, and of no project
READERS = (None, *OUTSIDERS, *MEMBERS)
GRANTED_TO_ANNOTATORS = {Action.ANSWER}  # as a new project has it
REFUSED = {401, 403, 404}


def walked(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern
        else:
            yield from walked(pattern.url_patterns, route)


FOUND = {pattern.name: (route, pattern) for route, pattern in walked(get_resolver().url_patterns)
         if pattern.name and not route.startswith("admin/")}  # fmt: skip


class World:
    """One project with something of everything, and a signed-in client for each reader."""

    def __init__(self) -> None:
        self.project = factories.make_project()
        owner = self.project.created_by
        assert owner is not None
        self.users: dict[str | None, Any] = {None: AnonymousUser(), "owner": owner, "stranger": factories.make_user()}
        self.users["administrator"] = factories.make_user(is_superuser=True, is_staff=True)
        for role in MEMBERS:
            if role != Role.OWNER:
                self.users[role] = factories.make_member(self.project, role)
        self.clients = {reader: self._client(user) for reader, user in self.users.items()}
        self.rows = bodies.make_world(self.project) | self._more()

    def _client(self, user: Any) -> Client:
        client = Client(raise_request_exception=False)
        if isinstance(user, User):
            client.force_login(user)
        return client

    def _more(self) -> dict[str, Any]:
        deleted = factories.make_project(self.users["owner"])
        for role in MEMBERS:
            if role != Role.OWNER:
                Membership.objects.create(project=deleted, user=self.users[role], role=role)
        Project.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00Z")
        label = LabelClass.objects.get(project=self.project)
        make_run(self.project, label)
        image = self.project.images.first()
        assert image is not None
        search = Run.objects.create(
            project=self.project, number=9, kind="similar", params={"image": image.pk, "xyxy": None}
        )
        other = factories.make_user()
        Client().force_login(other)
        view = SavedView.objects.create(project=self.project, user=other, name="mine", query="")
        model = ModelVersion.objects.get(project=self.project)
        model.label_id, model.file = label.pk, ContentFile(b"model", "model.zip")
        model.save()
        ConvertedModel.objects.create(
            model=model, format="onnx", file=ContentFile(b"model", "model.onnx"), sha256="0" * 64, bytes=5
        )
        return {
            "deleted": deleted.pk,
            "model": model.pk,
            "search": search.pk,
            "view": view.pk,
            "nothing": "no-such-token",
            "sign_in": SignIn.objects.get(user=view.user).pk,
        }

    def address(self, name: str) -> str:
        route, pattern = FOUND[name]
        return reverse(name, kwargs={word: self._value(name, route, word) for word in pattern.pattern.converters
                                     or re.findall(r"\?P<(\w+)>", route)})  # fmt: skip

    def _value(self, name: str, route: str, word: str) -> Any:
        if word in (words := OTHER_WORDS.get(name, WORDS)):
            return words[word]
        before = re.split(rf"/[<(][^/]*\b{word}>", route)[0].rsplit("/", 1)[-1].lstrip("^")
        row = ROWS[before]
        return self.rows[OTHER_ROWS.get(name, row) if row in ("run", "labels", "job") else row]

    def send(self, reader: str | None, name: str, method: str) -> Any:
        """What came back, with everything as it was before."""
        client, url = self.clients[reader], self.address(name)
        with transaction.atomic():
            try:
                if name in FILES and method == "post":
                    return client.post(url, {FILES[name]: SimpleUploadedFile("x.jpg", factories.picture_bytes())})
                if name.startswith(("api-", "file-")):
                    return bodies.send_to(client, self.rows, method, url, self._body(method, name))
                return getattr(client, method)(url, self._fields(name))
            finally:
                transaction.set_rollback(True)

    def _body(self, method: str, name: str) -> Any:
        return {
            "give": {"project": self.project.pk},
            "matches": {"items": [], "label": self.rows["label"]},
        }.get(str(BODIES.get((method, name))), BODIES.get((method, name)))

    def _fields(self, name: str) -> dict[str, Any]:
        image = self.rows["image"]
        return {
            "project-delete": {"name": self.project.name},
            "project-rules": {"open_images": 0, "lease_minutes": 30},
            "work-new": {"name": "new", "images": self.rows["free"], "priority": 2},
            "work-job-change": {"name": "new", "priority": 2},
            "class": {"name": "fox", "color": "#112233", "hotkey": ""},
            "images-bulk": {"image": image, "do": "reopen"},
            "similar-start": {"image": image},
            "import-new": {"addresses": "https://example.org/a.zip"},
            "autolabel-now": {"class": self.rows["label"]},
            "model-import": {"file": SimpleUploadedFile("x.zip", b"no zip")},
            "member": {"role": "viewer"},
            "invitation-new": {"role": "viewer"},
            "version-compare": {"before": self.rows["version"], "after": self.rows["version"]},
        }.get(name, {"name": "Mine", "names": "mine", "train": 70, "val": 10, "test": 20, "seed": 0})


BODIES: dict[tuple[str, str], Any] = {(row[0], row[1]): row[3] for row in bodies.ROWS} | {
    ("post", "api-runs"): {"kind": "detect", "params": {}},
    ("patch", "api-comment"): {"resolved": True},
    ("post", "api-model-give"): "give",
    ("post", "api-run-matches"): "matches",
}

FILES = {"api-models": "file", "api-predict": "image"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def granted(reader: str | None, need: Action | Need) -> bool:
    if need == Need.OPEN or (need == Need.SIGNED_IN and reader is not None):
        return True
    if need not in (Need.LEADS, Need.OPERATES) and (
        reader not in MEMBERS or need in (Need.SIGNED_IN, Need.ANOTHERS, Need.HALFWAY)
    ):
        return False
    if need == Need.OPERATES:
        return reader == "administrator"
    if need == Need.LEADS:
        return reader == "administrator" or (reader in MEMBERS and Action.PEOPLE in ROLES[reader])
    if need == Need.BINNED:
        return Action.MANAGE in ROLES[reader]
    return need in ROLES[reader] or (reader == Role.ANNOTATOR and need in GRANTED_TO_ANNOTATORS)


LED_TO_SIGN_IN = ("group", "openid_connect_disconnect", "token-revoke", "session-end", "view-delete", "notification")


def refusal(reader: str | None, name: str, need: Action | Need) -> int:
    if need == Need.HALFWAY:
        return 302
    if reader is None and need != Need.ANOTHERS:
        return 401 if name.startswith("api-") else 404 if name.startswith("file-") else 302
    if reader is None:
        return 401 if name.startswith("api-") else 302 if name.startswith(("mfa_", *LED_TO_SIGN_IN)) else 404
    return 403 if need == Need.LEADS or (reader in MEMBERS and not isinstance(need, Need)) else 404


def test_every_route_has_its_row() -> None:
    assert sorted(FOUND) == sorted(ROUTES)


def test_every_method_has_its_place_in_the_row() -> None:
    methods = {
        name: set(pattern.callback.actions) - {"head"}
        for name, (_route, pattern) in FOUND.items()
        if hasattr(pattern.callback, "actions")
    }
    assert methods == {name: set(ROUTES[name]) for name in methods}


@pytest.mark.parametrize("kind", ["api-", "file-", ""])
def test_who_meets_what(kind: str, world: World) -> None:
    """One world for all: each request leaves everything as it was."""
    names = [name for name in ROUTES if name.startswith(kind or tuple("abcdefghijklmnopqrstuvwxyz"))]
    if not kind:
        names = [name for name in names if not name.startswith(("api-", "file-"))]
    wrong = []
    for name in names:
        for method, need in ROUTES[name].items():
            for reader in READERS:
                answer = world.send(reader, name, method)
                if not _as_it_should(reader, name, need, answer):
                    wrong.append((method, name, reader, answer.status_code))
    if wrong:
        pytest.fail("\n".join(map(str, wrong)))


def _as_it_should(reader: str | None, name: str, need: Action | Need, answer: Any) -> bool:
    status: int = answer.status_code
    if not granted(reader, need):
        return status == refusal(reader, name, need)
    return status not in REFUSED and status < 500 and not (status == 302 and "/accounts/login/" in answer.url)


@pytest.mark.parametrize("reader", READERS)
def test_websockets(reader: str | None, world: World) -> None:
    found = {str(pattern.pattern).split("(")[0].lstrip("^"): pattern.callback for pattern in websocket_urlpatterns}
    assert set(found) == set(SOCKETS)
    for address, (row, need) in SOCKETS.items():
        admit = found[address].consumer_class.feed.admit
        if granted(reader, need):
            admit(world.users[reader], world.rows[row])
        else:
            with pytest.raises(Http404):
                admit(world.users[reader], world.rows[row])
