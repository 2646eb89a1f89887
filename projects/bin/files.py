"""Files of rows that are gone, or joined to others."""

from __future__ import annotations

from typing import Any

from django.db import transaction


def drop_after_commit(files: list[tuple[Any, str]]) -> None:
    def drop() -> None:
        for storage, name in files:
            storage.delete(name)

    transaction.on_commit(drop)
