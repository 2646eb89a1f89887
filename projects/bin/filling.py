"""One short transaction of a deletion: rows go, and lie in the bin."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from projects.bin import snapshot
from projects.models import BinEntry, BinPart


def part(entry: BinEntry, rows: QuerySet[Any]) -> None:
    """Moves the rows, and all that hangs on them, into the bin. Within a transaction of the caller's."""
    data, counts = snapshot.take(rows)
    if not counts:
        return
    BinPart.objects.create(entry=entry, data=data)
    for label, n in counts.items():
        entry.counts[label] = entry.counts.get(label, 0) + n
    entry.save(update_fields=["counts", "updated_at"])


def untied_part(entry: BinEntry, rows: QuerySet[Any], name: str) -> None:
    """Empties the key `name` of rows that stay; keeps what they pointed at. Within a transaction of the caller's."""
    BinPart.objects.create(entry=entry, data=snapshot.untie(rows, name))
    entry.save(update_fields=["updated_at"])
