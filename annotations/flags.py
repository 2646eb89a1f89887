"""What can be said of a box beside its class: five flags, kept as bits of one number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntFlag


class Flag(IntFlag):
    """IGNORE: a region where nobody looks for objects of the class: no object, no example and no counter-example.

    It is the highest bit, so that a plain comparison tells objects from regions (`flags__lt`), also in an index.
    """

    OCCLUDED = 1
    TRUNCATED = 2
    DIFFICULT = 4
    CROWD = 8
    IGNORE = 16


NAMES = tuple(str(flag.name).lower() for flag in Flag)
NO_EXAMPLE = Flag.CROWD | Flag.IGNORE  # what no run learns from, and takes for no empty place either


def bits_of(names: Iterable[object]) -> int:
    """Raises KeyError for a name that is none."""
    found = Flag(0)
    for name in names:
        if not isinstance(name, str) or name not in NAMES:
            raise KeyError(name)
        found |= Flag[name.upper()]
    return int(found)


def names_of(bits: int) -> list[str]:
    """In one order."""
    return [name for name, flag in zip(NAMES, Flag, strict=True) if bits & flag]


def flags_in(said: Mapping[str, object]) -> tuple[str, ...]:
    """The flags that a file's attributes say yes to, in any spelling of yes."""
    yes = {name.strip().lower() for name, value in said.items() if str(value).strip().lower() in ("1", "true", "yes")}
    return tuple(name for name in NAMES if name in yes)
