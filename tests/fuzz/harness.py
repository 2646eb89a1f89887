"""Random requests to every operation of the API, by tokens of every role and scope, held against the API's own
description and against the table of who may do what.

Each request runs in a transaction that is taken back, so that the world stays as it was made.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import checks
from schemathesis.core.failures import FailureGroup

from labelhub.requests.later import Later
from projects.models import Project, Scope
from projects.people import tokens
from projects.web.description import NAMES, PLACE, routes
from projects.web.scopes import needed
from tests import factories
from tests.annotations.test_access import READERS, ROWS

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
ROLES = READERS[1:]
# What nobody's role decides: one's own projects and tokens, and what the whole site has.
OPEN = {"api-projects", "api-tokens", "api-detectors", "api-schema", "api-docs"}


@dataclass(frozen=True)
class Caller:
    role: str
    scopes: frozenset[str]
    text: str = field(repr=False)


def callers(project: Project) -> list[Caller]:
    """A token of all scopes and one of each for every role; the owner's of all scopes comes between them, since it
    reaches furthest.
    """
    found = []
    for role in ROLES:
        user = project.created_by
        if role != "owner":
            user = factories.make_user() if role == "stranger" else factories.make_member(project, role)
        for scopes in [tuple(Scope.values), *((scope,) for scope in Scope.values)]:
            found.append(Caller(str(role), frozenset(scopes), tokens.create(user, scopes=scopes)[1]))
    most = next(one for one in found if one.role == "owner")
    return [one for caller in found for one in (most, caller)]


def _plain(key: Any) -> Any:
    return key if isinstance(key, int) else str(key)


def may() -> dict[tuple[str, str], set[str]]:
    """Which roles each operation lets in, as the table of access has it; an operation may have several rows."""
    found: dict[tuple[str, str], set[str]] = {}
    for method, name, _place, _body, statuses in ROWS:
        good = {str(role) for role, status in zip(READERS, statuses, strict=True) if status < 400}
        found.setdefault((method, name), set()).update(good)
    return found


def places() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of each path of the description: the address's name, and the names of its places in order."""
    found = {}
    for route, pattern in routes(get_resolver().url_patterns):
        names = [NAMES.get(name, name) for name in PLACE.findall(route)]
        path = "/" + PLACE.sub(lambda one: f"{{{NAMES.get(one[1], one[1])}}}", route)
        found[path] = (str(pattern.name), tuple(names))
    return found


def operations() -> list[Any]:
    drawn = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(drawn, default=str)))
    return [found.ok() for found in schema.get_all_operations()]


class Fuzz:
    """Sends cases; `faults` says what was wrong, each once for an operation and a kind of fault."""

    def __init__(self, project: Project, world: dict[str, Any]) -> None:
        self.world, self.callers = world, itertools.cycle(callers(project))
        self.may, self.places = may(), places()
        self.of_world = {(row[0], row[1]): [world[key] for key in row[2]] for row in ROWS}
        self.faults: dict[tuple[str, str, str], str] = {}
        self.sent = 0
        self.waits = False

    def run(self, examples: int, until: float | None = None, number: int = 0) -> None:
        """`examples` cases of each operation. until: a time.monotonic() after which no operation is begun."""
        for operation in operations():
            if until is not None and time.monotonic() > until:
                return

            @seed(number)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def send(case: Any) -> None:
                self.one(case)

            send()

    def one(self, case: Any) -> None:
        name, wanted = self.places[case.operation.path]
        method, caller = case.method.lower(), next(self.callers)
        real = self.of_world.get((method, name))
        if real is not None and len(real) == len(wanted) and self.sent % 5:
            case.path_parameters = dict(zip(wanted, map(_plain, real), strict=True))
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        response = self.answer(prepared, caller)
        self.sent += 1
        good = response.status_code < 400
        if good and needed(name, method) not in caller.scopes:
            self.note(method, name, "scope", f"{caller} got {response.status_code}")
        roles = self.may.get((method, name))
        if good and name not in OPEN and roles is not None and caller.role not in roles:
            self.note(method, name, "role", f"{caller} got {response.status_code}: {prepared.url}")
        if good and roles is None and name not in OPEN and caller.role == "stranger":
            self.note(method, name, "stranger", f"{prepared.url} {response.content[:200]!r}")
        if self.waits:
            return
        try:
            whole = '"*/*"' not in json.dumps(case.operation.definition.raw["responses"])  # else it is a file
            case.validate_response(response, checks=CHECKS if whole else CHECKS[:-1])
        except FailureGroup as group:
            for fault in group.exceptions:
                self.note(method, name, type(fault).__name__, f"{fault}\n{prepared.url}\n{prepared.body!r:.500}")

    def answer(self, prepared: requests.PreparedRequest, caller: Caller) -> schemathesis.Response:
        client = Client(raise_request_exception=False)
        own = {key: str(value) for key, value in prepared.headers.items() if key.lower() not in OWN}
        kind = prepared.headers.get("Content-Type", "application/json")
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
        with transaction.atomic():
            sent = client.generic(
                str(prepared.method),
                prepared.path_url,
                body,
                str(kind),
                headers=own | {"authorization": f"Token {caller.text}"},
            )
            self.waits = isinstance(sent, Later)  # for a worker, and none is here
            content = b"".join(sent.streaming_content) if sent.streaming else sent.content
            transaction.set_rollback(True)
        headers = {key.lower(): [str(value)] for key, value in sent.headers.items()}
        return schemathesis.Response(sent.status_code, headers, content, prepared, elapsed=0.0, verify=False)

    def note(self, method: str, name: str, kind: str, said: str) -> None:
        self.faults.setdefault((method, name, kind), said)

    def report(self) -> str:
        lines = [f"{method} {name} {kind}: {said}" for (method, name, kind), said in self.faults.items()]
        return f"{self.sent} requests\n\n" + "\n\n".join(lines)


OWN = {"content-type", "content-length", "authorization", "cookie"}


def rounds(minutes: float) -> Iterator[tuple[int, float]]:
    """Numbers of rounds and the time at which all ends."""
    until = time.monotonic() + 60 * minutes
    for number in itertools.count():
        if time.monotonic() > until:
            return
        yield number, until
