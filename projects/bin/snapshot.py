"""Rows of any model with all that hangs on them: taken out of the database packed, and put back as they were.

What goes along is what Django's own deletion would take: the collector that finds it is Django's. The packed form names
its fields, so that a part outlives a migration that adds or drops some.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections, router
from django.db.models import Field, FileField, ForeignKey, Model, QuerySet
from django.db.models.deletion import Collector
from django.db.models.fields.files import FieldFile
from django.db.models.sql import InsertQuery

from projects.models import BinPart

AT_ONCE = 200  # rows in one statement

# What a row must change to fit in again, where others came in meanwhile: the row, changed, or None where it cannot.
# Filled as the apps start.
fits: dict[type[Model], Callable[[Any], Model | None]] = {}


@dataclass(slots=True)
class Restored:
    """What came back, by model, and how many rows did not, since what they belong to is gone or here again."""

    rows: dict[type[Model], list[Model]] = field(default_factory=dict)
    lost: int = 0


def take(rows: QuerySet[Any]) -> tuple[bytes, dict[str, int]]:
    """Deletes the rows and all that hangs on them; returns them packed, and how many there were by model label.

    Within a transaction of the caller's.
    """
    collector = _WholeCollector(using=router.db_for_write(rows.model), origin=rows)
    collector.collect(rows)
    held: dict[str, Any] = {}
    tied: dict[str, list[Any]] = {}
    counts: dict[str, int] = {}
    for model, found in collector.data.items():
        fields = _stored(model)
        values = [[_plain(getattr(row, one.attname)) for one in fields] for row in found]
        held[model._meta.label] = {"fields": [one.name for one in fields], "values": values}
        counts[model._meta.label] = len(values)
    updates: dict[Any, Any] = collector.field_updates  # by field and new value, groups of rows
    for (one, _value), groups in updates.items():
        links = [_plain_pair(row.pk, getattr(row, one.attname)) for group in groups for row in group]
        tied.setdefault(f"{one.model._meta.label}.{one.name}", []).extend(links)
    collector.delete()
    return _packed(held, tied), counts


def untie(rows: QuerySet[Any], name: str) -> bytes:
    """Empties the key `name` of the rows; returns what they pointed at, packed. For what would be too much at once."""
    model, key = rows.model, rows.model._meta.get_field(name)
    links = [_plain_pair(pk, target) for pk, target in rows.values_list("pk", key.attname)]
    model._base_manager.filter(pk__in=[pk for pk, _target in links]).update(**{key.attname: None})
    return _packed({}, {f"{model._meta.label}.{name}": links})


def put_back(data: bytes) -> Restored:
    """Puts packed rows back, with their numbers and dates, and ties loose ends to them again.

    A row whose other end is gone meanwhile comes without it where it can be without, else not at all. Within a
    transaction of the caller's.
    """
    packed = json.loads(zlib.decompress(data))
    restored = Restored()
    waiting = {apps.get_model(label): _rows(apps.get_model(label), held) for label, held in packed["rows"].items()}
    for model in _parents_first(waiting):
        fitting = [row for row in map(fits.get(model, _as_it_is), waiting[model]) if row is not None]
        there = [row for row in fitting if not _is_orphan(row, _targets(model, fitting))]
        restored.lost += len(waiting[model]) - len(there)
        restored.rows[model] = list(there)
        _insert(model, there)
    for name, links in packed["links"].items():
        label, _dot, field_name = name.rpartition(".")
        _tie(apps.get_model(label), field_name, links)
    return restored


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


def _packed(rows: dict[str, Any], links: dict[str, list[Any]]) -> bytes:
    return zlib.compress(json.dumps({"rows": rows, "links": links}, ensure_ascii=False).encode())


def _stored(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that a row is written with; the database makes the others itself."""
    return [one for one in model._meta.concrete_fields if not one.generated]


def _plain(value: Any) -> Any:
    if isinstance(value, FieldFile):
        return value.name
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _plain_pair(pk: Any, target: Any) -> list[Any]:
    return [_plain(pk), _plain(target)]


def _rows(model: type[Model], held: dict[str, Any]) -> list[Model]:
    known = {one.name: one for one in _stored(model)}
    fields = [(place, known[name]) for place, name in enumerate(held["fields"]) if name in known]
    return [
        model(**{one.attname: _target_field(one).to_python(values[place]) for place, one in fields})
        for values in held["values"]
    ]


def _target_field(one: Field[Any, Any]) -> Field[Any, Any]:
    while isinstance(one, ForeignKey):
        one = one.target_field
    return one


def _as_it_is(row: Model) -> Model | None:
    return row


def _parents_first(waiting: dict[type[Model], list[Model]]) -> Iterator[type[Model]]:
    left = list(waiting)
    while left:
        ready = [model for model in left if not _parents(model) & (set(left) - {model})] or left[:1]
        yield from ready
        left = [model for model in left if model not in ready]


def _parents(model: type[Model]) -> set[type[Model]]:
    return {one.related_model for one in _keys(model) if isinstance(one.related_model, type)}


def _keys(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [one for one in model._meta.concrete_fields if isinstance(one, ForeignKey)]


def _targets(model: type[Model], rows: list[Model]) -> dict[ForeignKey[Any, Any], set[Any]]:
    """Of each key, which of the rows it points at are there."""
    found: dict[ForeignKey[Any, Any], set[Any]] = {}
    for key in _keys(model):
        wanted = list({getattr(row, key.attname) for row in rows} - {None})
        parent: Any = key.related_model
        there: set[Any] = set()
        for start in range(0, len(wanted), AT_ONCE):
            part = parent._base_manager.filter(pk__in=wanted[start : start + AT_ONCE])
            there.update(part.values_list("pk", flat=True))
        found[key] = there
    return found


def _is_orphan(row: Model, targets: dict[ForeignKey[Any, Any], set[Any]]) -> bool:
    """Whether it belongs to what is gone; keys that may be empty are emptied instead."""
    for key, there in targets.items():
        if (target := getattr(row, key.attname)) is not None and target not in there:
            if not key.null:
                return True
            setattr(row, key.attname, None)
    return False


def _insert(model: type[Model], rows: list[Model]) -> None:
    """As bulk_create, but raw: dates that are set as a row is made stay what they were."""
    using = router.db_for_write(model)
    for start in range(0, len(rows), AT_ONCE):
        query = InsertQuery(model)
        query.insert_values(_stored(model), rows[start : start + AT_ONCE], raw=True)
        query.get_compiler(connection=connections[using]).execute_sql()


def _tie(model: type[Model], field_name: str, links: list[list[Any]]) -> None:
    """Points rows at what came back, where they point at nothing now."""
    key: Any = model._meta.get_field(field_name)
    parent: Any = key.related_model
    by_target: dict[Any, list[Any]] = defaultdict(list)
    for pk, target in links:
        by_target[target].append(pk)
    for target, pks in by_target.items():
        if not parent._base_manager.filter(pk=target).exists():
            continue
        for start in range(0, len(pks), AT_ONCE):
            rows = model._base_manager.filter(pk__in=pks[start : start + AT_ONCE], **{f"{field_name}__isnull": True})
            rows.update(**{key.attname: target})
