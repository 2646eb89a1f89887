"""The API's description as it is served: the same for all who ask, drawn once."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from projects.web import schema

pytestmark = pytest.mark.django_db
JSON = "application/vnd.oai.openapi+json"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A row for each time that the description is drawn; the drawing itself is the real one."""
    schema._drawn.cache_clear()
    rows: list[str] = []
    draw = SchemaGenerator.get_schema

    def counted(self: SchemaGenerator, *args: object, **more: object) -> object:
        rows.append("drawn")
        return draw(self, *args, **more)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    return rows


def test_is_drawn_once_in_each_language(client: Client, drawings: list[str]) -> None:
    for _ in range(2):
        for language in ("en", "ko", "xx", "en-gb"):
            answer = client.get("/api/schema/", {"lang": language}, headers={"Accept": JSON})
            assert answer.status_code == 200
            assert answer["Content-Type"].startswith(JSON)
            assert "/api/projects/" in json.loads(answer.content)["paths"]
    assert len(drawings) == 2
