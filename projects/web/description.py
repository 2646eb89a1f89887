"""What the API's description says of every operation, drawn from the tables that decide it: the scope that a token
needs, `Idempotency-Key` of posts, and problem details for whatever goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from labelhub.requests.problem import CONTENT_TYPE
from projects.web.idempotency import PARAMETER
from projects.web.scopes import needed

PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
NAMES = {"pk": "id"}  # of places, where the description says it otherwise
PROBLEM = {
    "description": "Whatever else goes wrong: too many requests (429), a busy server (503), and the like",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}},
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook of drf-spectacular. result: the description as it is drawn."""
    for name, method, operation in operations_of(result):
        _complete_one(operation, name, method)
    return result


def operations_of(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation of a description, with the name of its address and its method."""
    names = {_path_of(route): pattern.name for route, pattern in routes(get_resolver().url_patterns)}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            yield str(names[path]), method, operation


def routes(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the API and of files, with its route."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif route.startswith(("api/", "files/")):
            yield route, pattern


def _path_of(route: str) -> str:
    """As OpenAPI writes it, where `pk` is called `id`."""
    return "/" + PLACE.sub(lambda found: f"{{{NAMES.get(found[1], found[1])}}}", route)


def _complete_one(operation: dict[str, Any], name: str, method: str) -> None:
    scope = f"A token needs the scope `{needed(name, method).value}`."
    operation["description"] = "\n\n".join(filter(None, [operation.get("description"), scope]))
    operation["responses"].setdefault("default", PROBLEM)
    if method == "post" and name.startswith("api-"):
        operation.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": PARAMETER.name,
                "schema": {"type": "string", "maxLength": 200},
                "description": PARAMETER.description,
            }
        )
