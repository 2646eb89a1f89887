"""What a class asks of its boxes beside the class: a choice, a number, a text, yes or no. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from annotations.flags import NAMES as FLAGS

Value = str | int | float | bool
Values = dict[str, Value]
Pairs = tuple[tuple[str, Value], ...]  # the same, by name, where values are compared and never changed

RESERVED = (*FLAGS, "rotation", "flags", "tags", "label", "image")  # what formats have under these names
LONGEST_TEXT = 500
WORDS = {True: ("true", "yes", "1"), False: ("false", "no", "0")}


class Kind(StrEnum):
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Attribute:
    """choices: of a choice alone. default: what a new box gets, or None. required: a class is complete in an image only
    where each of its boxes says it.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    default: Value | None = None
    required: bool = False

    def row(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self) | {"kind": str(self.kind), "choices": list(self.choices)}

    def clean(self, value: object) -> Value | None:
        """The value as it is kept; None where it is none of this attribute."""
        match self.kind:
            case Kind.YES_NO:
                return value if isinstance(value, bool) else None
            case Kind.NUMBER:
                return _number(value)
            case Kind.CHOICE:
                return value if isinstance(value, str) and value in self.choices else None
            case Kind.TEXT:
                return value if isinstance(value, str) and is_text(value) else None

    def read(self, value: object) -> Value | None:
        """The same for what files say, which may write everything as text."""
        if not isinstance(value, str):
            return self.clean(value if self.kind in (Kind.YES_NO, Kind.NUMBER) else text_of(value))
        if self.kind == Kind.YES_NO:
            word = value.strip().lower()
            return next((said for said, words in WORDS.items() if word in words), None)
        if self.kind == Kind.NUMBER:
            try:
                return _number(float(value))
            except ValueError:
                return None
        return self.clean(value) if self.clean(value) is not None else self.clean(value.strip())


def is_text(value: str) -> bool:
    """Whether every format can hold it, and it says anything."""
    plain = value.replace("\n", " ").replace("\t", " ")
    return bool(value.strip()) and len(value) <= LONGEST_TEXT and plain.isprintable()


def text_of(value: object) -> str:
    """As files write it that know texts alone."""
    if isinstance(value, bool):
        return WORDS[value][0]
    return str(value)


def pairs_of(values: Mapping[str, Value]) -> Pairs:
    return tuple(sorted(values.items()))


def from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """Of what was checked when it was stored."""
    return tuple(
        Attribute(
            row["name"],
            Kind(row["kind"]),
            tuple(row.get("choices", ())),
            row.get("default"),
            row.get("required", False),
        )
        for row in rows
    )


def fitted(asked: Iterable[Attribute], held: Mapping[str, Value]) -> Values:
    """What a box of a class says: what is held and the class asks for, else the defaults."""
    found = {one.name: one.clean(held.get(one.name)) for one in asked}
    found = {one.name: one.default if found[one.name] is None else found[one.name] for one in asked}
    return {name: value for name, value in found.items() if value is not None}


def asked_of(held: Mapping[str, Value], asked: Iterable[Attribute]) -> Pairs:
    """What is held and still asked for."""
    return pairs_of({one.name: held[one.name] for one in asked if one.clean(held.get(one.name)) is not None})


def missing(asked: Iterable[Attribute], held: Mapping[str, Value]) -> list[str]:
    """Names of what is required and not said."""
    return [one.name for one in asked if one.required and one.clean(held.get(one.name)) is None]


def inferred(name: str, values: Sequence[object]) -> Attribute | None:
    """The attribute that a file's values speak of where nothing describes it; None where they make no sense."""
    for kind in (Kind.YES_NO, Kind.NUMBER, Kind.TEXT):
        one = Attribute(name, kind)
        words = ("true", "false", "yes", "no")
        plain = kind != Kind.YES_NO or all(isinstance(v, bool) or str(v).strip().lower() in words for v in values)
        if plain and is_name(name) and all(one.read(value) is not None for value in values):
            return one
    return None


def is_name(name: str) -> bool:
    """Flags stand among attributes in files, and have their names for themselves."""
    return (
        0 < len(name) <= 60
        and name.isprintable()
        and name == " ".join(name.split())
        and name[0] != "!"
        and "=" not in name
        and not name.isdigit()
        and name.lower() not in RESERVED
    )


def described(row: Mapping[str, Any]) -> Attribute | None:
    """What a file says of an attribute; None where it makes no sense."""
    name, kind, given = str(row.get("name", "")), str(row.get("kind", "")), row.get("choices")
    if not is_name(name) or kind not in list(Kind):
        return None
    choices = tuple(dict.fromkeys(text for one in given or () if is_text(text := str(one)))) if kind == "choice" else ()
    if kind == Kind.CHOICE and not choices:
        return None
    one = Attribute(name, Kind(kind), choices, required=bool(row.get("required")))
    default = scalar(row.get("default"))
    return one if default is None else replace(one, default=one.read(default))


def united(known: Sequence[Attribute], more: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """What a class asks for, and what is new besides; choices of both."""
    found = {one.name: one for one in known}
    for one in more:
        there = found.setdefault(one.name, one)
        if there.kind == one.kind == Kind.CHOICE:
            found[one.name] = replace(there, choices=tuple(dict.fromkeys((*there.choices, *one.choices))))
    return tuple(found.values())


def by_class(classes: Iterable[str], values: Iterable[tuple[str, Pairs]]) -> dict[str, tuple[Attribute, ...]]:
    """What the values of boxes speak of, by their classes, where nothing describes it."""
    held: dict[str, dict[str, list[Value]]] = {name: {} for name in classes}
    for label, pairs in values:
        for name, value in pairs:
            held.setdefault(label, {}).setdefault(name, []).append(value)
    return {
        label: tuple(one for name, some in said.items() if (one := inferred(name, some)) is not None)
        for label, said in held.items()
        if said
    }


def typed(said: Mapping[str, str], asked: Sequence[Attribute] = ()) -> Pairs:
    """Texts of a file as the values that its attributes have; as texts where nothing describes them."""
    known = {one.name: one for one in asked}
    found: Values = {}
    for name, text in said.items():
        value = known[name].read(text) if name in known else text if text.strip() else None
        if value is not None and is_name(name):
            found[name] = value
    return pairs_of(found)


def scalar(value: object) -> Value | None:
    """A value out of JSON."""
    if isinstance(value, bool | str):
        return value or None if isinstance(value, str) else value
    try:
        return _number(float(value)) if isinstance(value, int | float | Decimal) else None
    except OverflowError:
        return None


def _number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        return None
    return int(value) if float(value).is_integer() else float(value)
