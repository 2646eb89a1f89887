"""A new installation takes fewer steps than one that grew; both end in the same place."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

OURS = {"projects", "annotations", "training"}


def fields_and_options(*, replaced: bool) -> dict[tuple[str, str], Any]:
    loader = MigrationLoader(None, replace_migrations=replaced)
    last = [key for key in loader.graph.leaf_nodes() if replaced or not loader.graph.nodes[key].replaces]
    state = loader.project_state(last)
    return {
        key: (
            sorted((name, str(field.deconstruct()[1:])) for name, field in model.fields.items()),
            {
                name: sorted(map(str, value)) if isinstance(value, list) else value
                for name, value in model.options.items()
            },
        )
        for key, model in state.models.items()
        if key[0] in OURS
    }  # fmt: skip


def test_a_new_installation_and_an_old_one_end_alike() -> None:
    assert {app for app, _ in fields_and_options(replaced=True)} == OURS & {one.label for one in apps.get_app_configs()}
    assert fields_and_options(replaced=True) == fields_and_options(replaced=False)
