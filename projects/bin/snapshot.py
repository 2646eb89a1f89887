"""Rows of any model with all that hangs on them: taken out of the database packed (projects.bin.placing puts back).

What goes along is what Django's own deletion would take: the collector that finds it is Django's. The packed form names
its fields, so that a part outlives a migration that adds or drops some.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import router
from django.db.models import Field, FileField, ForeignKey, Model, QuerySet
from django.db.models.deletion import Collector
from django.db.models.fields.files import FieldFile

from projects.models import BinPart

Links = dict[str, list[list[Any]]]


def take(rows: QuerySet[Any]) -> tuple[bytes, dict[str, int]]:
    """Deletes the rows and all that hangs on them; returns them packed, and how many there were by model label.

    Within a transaction of the caller's.
    """
    collector = _WholeCollector(using=router.db_for_write(rows.model), origin=rows)
    collector.collect(rows)
    held: dict[type[Model], list[Model]] = {model: list(found) for model, found in collector.data.items()}
    tied: Links = {}
    updates: dict[Any, Any] = collector.field_updates  # by field and new value, groups of rows
    for (one, _value), groups in updates.items():
        links = [plain_pair(row.pk, getattr(row, one.attname)) for group in groups for row in group]
        tied.setdefault(f"{one.model._meta.label}.{one.name}", []).extend(links)
    data = pack(held, tied)
    collector.delete()
    return data, {model._meta.label: len(found) for model, found in held.items()}


def untie(rows: QuerySet[Any], name: str) -> bytes:
    """Empties the key `name` of the rows; returns what they pointed at, packed. For what would be too much at once."""
    model, key = rows.model, rows.model._meta.get_field(name)
    links = [plain_pair(pk, target) for pk, target in rows.values_list("pk", key.attname)]
    model._base_manager.filter(pk__in=[pk for pk, _target in links]).update(**{key.attname: None})
    return pack({}, {f"{model._meta.label}.{name}": links})


def packed_rows(data: bytes) -> tuple[dict[type[Model], list[Model]], Links]:
    """What `take` and `untie` packed: unsaved rows by model, and links that were cut, as (row, target) by key."""
    held = json.loads(zlib.decompress(data))
    rows = {apps.get_model(label): _rows(apps.get_model(label), values) for label, values in held["rows"].items()}
    return rows, held["links"]


def pack(rows: dict[type[Model], list[Model]], links: Links) -> bytes:
    """What `packed_rows` reads again."""
    held = {}
    for model, found in rows.items():
        fields = stored_fields(model)
        values = [[plain(getattr(row, one.attname)) for one in fields] for row in found]
        held[model._meta.label] = {"fields": [one.name for one in fields], "values": values}
    return zlib.compress(json.dumps({"rows": held, "links": links}, ensure_ascii=False).encode())


def files_of(data: bytes) -> Iterator[tuple[Any, str]]:
    """The storage and name of each file that packed rows speak of."""
    for label, held in json.loads(zlib.decompress(data))["rows"].items():
        model = apps.get_model(label)
        for one in model._meta.concrete_fields:
            if isinstance(one, FileField) and one.name in held["fields"]:
                place = held["fields"].index(one.name)
                yield from ((one.storage, values[place]) for values in held["values"] if values[place])


def kept_names() -> Iterator[str]:
    """Of every file that a deleted row would need again."""
    for data in BinPart.objects.order_by("pk").values_list("data", flat=True).iterator(chunk_size=50):
        yield from (name for _storage, name in files_of(bytes(data)))


def values_of(data: bytes, model: type[Model], name: str) -> list[Any]:
    """The values of one field of a model's packed rows, as they were packed."""
    held = json.loads(zlib.decompress(data))["rows"].get(model._meta.label)
    return [values[held["fields"].index(name)] for values in held["values"]] if held else []


class _WholeCollector(Collector):
    """Loads every row that would go: nothing is deleted unseen."""

    def can_fast_delete(self, *_args: Any, **_kwargs: Any) -> bool:
        return False


def stored_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that a row is written with; the database makes the others itself."""
    return [one for one in model._meta.concrete_fields if not one.generated]


def plain(value: Any) -> Any:
    if isinstance(value, FieldFile):
        return value.name
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def plain_pair(pk: Any, target: Any) -> list[Any]:
    return [plain(pk), plain(target)]


def _rows(model: type[Model], held: dict[str, Any]) -> list[Model]:
    known = {one.name: one for one in stored_fields(model)}
    fields = [(place, known[name]) for place, name in enumerate(held["fields"]) if name in known]
    return [
        model(**{one.attname: _target_field(one).to_python(values[place]) for place, one in fields})
        for values in held["values"]
    ]


def _target_field(one: Field[Any, Any]) -> Field[Any, Any]:
    while isinstance(one, ForeignKey):
        one = one.target_field
    return one
