"""The keys that a class may have: what the editor needs itself is refused, and both know the same list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from annotations.classes import actions
from annotations.classes.keys import EDITOR_KEYS
from projects.errors import Refusal
from projects.models import Project

EDITOR = Path(__file__).resolve().parents[3] / "static/src/editor"
IDLE = "z"  # does nothing: whoever misses Ctrl gives no class


def test_the_editor_and_the_server_reserve_the_same_keys() -> None:
    source = (EDITOR / "model/classKeys.ts").read_text()
    found = re.search(r'RESERVED: ReadonlySet<string> = new Set\("([^"]*)"\)', source)
    assert found is not None
    assert set(found[1]) == EDITOR_KEYS


def test_what_is_reserved_is_what_the_table_of_hotkeys_uses() -> None:
    tables = [(EDITOR / f"ui/{name}.ts").read_text() for name in ("keys", "detection", "tagBar")]
    listed = [
        key
        for table in tables
        for keys in re.findall(r"keys: \[([^\]]*)\]", table)
        for key in re.findall(r'"([^"]*)"', keys)
    ]
    assert {key for key in listed if len(key) == 1} | {IDLE} == EDITOR_KEYS


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(EDITOR_KEYS - {" "}))
def test_a_key_of_the_editor_is_refused_and_named(key: str, project: Project) -> None:
    with pytest.raises(Refusal, match=re.escape(key)):
        actions.create_class(project.created_by, project, name="cat", hotkey=key.upper())


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["q", "o", "u", "w", "y", "7"])
def test_any_other_key_is_taken(key: str, project: Project) -> None:
    assert actions.create_class(project.created_by, project, name="cat", hotkey=key).hotkey == key
