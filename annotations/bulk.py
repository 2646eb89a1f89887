"""Many rows at once, from plain values: a tenth of the time that `bulk_create` takes to make and take apart
instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Field, JSONField, Model, UUIDField

ADAPTED = (DateTimeField, JSONField, UUIDField)  # what databases write in their own ways; all else goes as it is


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows of `columns` (names of columns, a key's with its "_id"); every column without a default of the
    database must be among them. Signals, defaults and `auto_now` of the model do nothing here.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    adapt = [(place, _change(fields[name])) for place, name in enumerate(columns) if isinstance(fields[name], ADAPTED)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(fields[name].column)) for name in columns)
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608 -- names of our models
    if values := [_adapted(row, adapt) for row in rows]:
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)


Change = Callable[[Any], Any]


def _change(field: Field[Any, Any]) -> Change:
    """What the database wants for a value of the field; of one moment, which all rows share, asked once."""

    def change(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    return lru_cache(maxsize=4)(change) if isinstance(field, DateTimeField) else change


def _adapted(row: Sequence[Any], adapt: list[tuple[int, Change]]) -> list[Any]:
    values = list(row)
    for place, change in adapt:
        values[place] = change(values[place])
    return values
