"""JSON into frozen dataclasses, by their annotations. A field that the dataclass lacks is passed over, so that a newer
server can say more.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def parse(kind: type[T], data: Any) -> T:
    """Raises KeyError where a field is missing that has no default."""
    return typing.cast(T, _value(kind, data))


@cache
def hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields."""
    return typing.get_type_hints(kind)


def key_of(field: Field[Any]) -> str:
    """What the field is called in JSON: its own name, but where Python will not have it."""
    return str(field.metadata.get("key", field.name))


def _value(kind: Any, data: Any) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{f.name: _field(kind, f, data) for f in fields(kind)})
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _value(next(one for one in inner if one is not type(None)), data)
    if origin is tuple:
        each = inner[:1] * len(data) if inner[-1] is Ellipsis else inner
        return tuple(_value(one, item) for one, item in zip(each, data, strict=True))
    if origin is Mapping:
        return {key: _value(inner[1], item) for key, item in data.items()}
    if kind is datetime:
        return datetime.fromisoformat(data)
    return float(data) if kind is float else data


def _field(kind: type, field: Field[Any], data: Mapping[str, Any]) -> Any:
    key = key_of(field)
    if key not in data and field.default is not MISSING:
        return field.default
    return _value(hints(kind)[field.name], data[key])
