"""Every request of the Python client, held against the OpenAPI that `manage.py spectacular` writes."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from labelhub_client import calls
from labelhub_client.parsing import hints, key_of
from labelhub_client.wire import Call, Part

# One value for each argument's name, so that every field of a call is there to be checked.
EXAMPLES: dict[str, Any] = {
    "project": 1, "dataset": 2, "id": 3, "label": 4, "classes": [5], "models": [6], "name": "cats",
    "sha256": ["0" * 64],
    "parts": [Part("a.jpg", b"")], "picture": Part("a.jpg", b"", "image"), "complete": "all", "pictures": True,
    "kind": "autolabel", "train": "always", "epochs": 2, "budget": "fast", "format": "yolo", "images": True,
    "split": "val", "unfinished": True, "to": Path("x"), "first": 9,
}  # fmt: skip
OWN = {"start_import": {"classes": {"cat": 5, "dog": "hound", "cow": None}}, "get_export_file": {"sha256": "0" * 64}}
TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", datetime: "string"}


def made(name: str) -> Call[Any]:
    function = getattr(calls, name)
    given = EXAMPLES | OWN.get(name, {})
    arguments = {argument: given[argument] for argument in inspect.signature(function).parameters}
    return function(**arguments)


CALLS = sorted(
    name for name, one in vars(calls).items()
    if inspect.isfunction(one) and one.__module__ == calls.__name__ and not name.startswith("_")
)  # fmt: skip


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", file=str(file))
    return yaml.load(file.read_text(), yaml.CSafeLoader)


class Schema:
    """A part of the document, with its references followed."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole

    def at(self, part: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(part)
        while "$ref" in found or "allOf" in found:
            for one in found.pop("allOf", ()):
                found |= one
            if "$ref" in found:
                found |= self.whole["components"]["schemas"][found.pop("$ref").rsplit("/", 1)[-1]]
        return found

    def inlined(self, part: Any) -> Any:
        """As JSON Schema: no references, and null where OpenAPI 3.0 says nullable."""
        if isinstance(part, list):
            return [self.inlined(one) for one in part]
        if not isinstance(part, Mapping):
            return part
        found = {key: self.inlined(value) for key, value in self.at(part).items()}
        return {"anyOf": [found, {"type": "null"}]} if found.get("nullable") is True else found


def operation(schema: dict[str, Any], call: Call[Any]) -> dict[str, Any]:
    assert call.template in schema["paths"], "no such path"
    assert call.method.lower() in schema["paths"][call.template], "no such method"
    return schema["paths"][call.template][call.method.lower()]


@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_as_the_openapi_says(name: str, schema: dict[str, Any]) -> None:
    call, found = made(name), Schema(schema)
    said = operation(schema, call)
    known = {
        place: {one["name"] for one in said.get("parameters", ()) if one["in"] == place}
        for place in ("path", "query", "header")
    }
    assert set(call.place) == known["path"]
    assert set(call.query) <= known["query"]
    assert set(call.headers) <= known["header"]
    if not call.body and not call.parts:
        return
    kind = "multipart/form-data" if call.parts else "application/json"
    body = found.inlined(said["requestBody"]["content"][kind]["schema"])
    sent = dict(call.body or {}) | {part.field: part for part in call.parts}
    assert set(sent) <= set(body["properties"])
    assert set(body.get("required", ())) <= set(sent)
    jsonschema.validate(dict(call.body or {}), body | {"required": []})


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_has_the_fields_that_are_read(name: str, schema: dict[str, Any]) -> None:
    call, found = made(name), Schema(schema)
    answers = [answer for code, answer in operation(schema, call)["responses"].items() if code.startswith("2")]
    content = next(iter(answers[0]["content"].values()))["schema"]
    if call.to is not None:
        assert content["format"] == "binary"
        return
    body = found.at(content)
    assert ("results" in body["properties"]) == call.listed
    check(call.answer, found.at(body["properties"]["results"])["items"] if call.listed else body, found, name)


def check(kind: Any, part: Mapping[str, Any], schema: Schema, where: str) -> None:
    said = schema.at(part)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        kind = next(one for one in inner if one is not type(None))
        check(kind, {key: value for key, value in said.items() if key != "nullable"}, schema, where)
        return
    assert not said.get("nullable"), f"{where} may be null"
    if is_dataclass(kind):
        for field in fields(kind):
            key = key_of(field)
            assert key in said["properties"], f"{where} has no {key}"
            check(hints(kind)[field.name], said["properties"][key], schema, f"{where}.{key}")
        return
    if "type" not in said:  # anything
        return
    if origin is tuple:
        assert said["type"] == "array", where
        check(inner[0], said["items"], schema, f"{where}[]")
    elif origin is Mapping:
        assert said["type"] == "object", where
    else:
        assert said["type"] in (TYPES[kind], "integer" if kind is float else ""), where
