"""Rows of any model as lines of JSON, and back: the same on every database."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models

BATCH = 200
# What a new start makes by itself, and what is about processes and browsers of the moment.
LEFT_OUT = {
    "sessions.Session", "projects.SignIn",
    "django_q.OrmQ", "django_q.Task", "django_q.Schedule", "django_q.Success", "django_q.Failure",
}  # fmt: skip


def kept_models() -> list[type[models.Model]]:
    """Every table that a backup holds, those between many and many too, in the order of their names."""
    found = {
        model._meta.label: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label not in LEFT_OUT
    }
    return [found[label] for label in sorted(found)]


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Those that hold something of their own; what the database computes is computed again."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def lines(model: type[models.Model]) -> Iterator[bytes]:
    """Each row as a JSON list of its columns, in the order of their keys."""
    names = [field.attname for field in columns(model)]
    for row in model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=2000):
        yield json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def insert(model: type[models.Model], found: Iterable[bytes]) -> int:
    """Writes lines as rows, keys and moments as they are; returns how many."""
    fields = columns(model)
    quote = connection.ops.quote_name
    into, places = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    order = f"INSERT INTO {quote(model._meta.db_table)} ({into}) VALUES ({places})"  # noqa: S608 - names of columns
    read = [_reader(field) for field in fields]
    count, batch = 0, []
    with connection.cursor() as cursor:
        for line in found:
            batch.append([how(value) for how, value in zip(read, json.loads(line), strict=True)])
            if len(batch) == BATCH:
                cursor.executemany(order, batch)
                count, batch = count + len(batch), []
        if batch:
            cursor.executemany(order, batch)
    return count + len(batch)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"A column holds a {type(value).__name__}, which no backup can write.")


def _reader(field: models.Field[Any, Any]) -> Any:
    """From a line's value to what the database takes."""
    source: Any = field
    while isinstance(source, models.ForeignKey):
        source = source.target_field

    def read(value: Any) -> Any:
        return source.get_db_prep_save(None if value is None else source.to_python(value), connection)

    return read
