"""The audit log as CSV, newest row first, however long it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from projects.models import AuditEntry
from projects.web.cells import safe_cell

AT_ONCE = 1000
COLUMNS = ("id", "at", "person", "action", "subject", "project", "project_name", "details")


def csv_of(rows: QuerySet[AuditEntry]) -> Iterator[bytes]:
    """Some rows at a time, each by the number of the last: no cursor stays open for a reader that is slow."""
    yield b"\xef\xbb\xbf" + _lines([COLUMNS])
    found = rows.select_related("actor", "project").order_by("-pk")
    part = list(found[:AT_ONCE])
    while part:
        yield _lines(map(_row, part))
        part = list(found.filter(pk__lt=part[-1].pk)[:AT_ONCE])


def _row(entry: AuditEntry) -> tuple[object, ...]:
    who = entry.actor.email if entry.actor else ""
    name = entry.project.name if entry.project else ""
    data = json.dumps(entry.data, ensure_ascii=False) if entry.data else ""
    words = (safe_cell(text) for text in (who, entry.verb, entry.subject))
    return entry.pk, entry.at.isoformat(), *words, entry.project_id or "", safe_cell(name), data


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
