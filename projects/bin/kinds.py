"""What can lie in the bin: a registry that each app fills with its own as it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import CASCADE, Model

from projects.bin.placing import RestoreResult
from projects.models import BinEntry, User


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of thing goes into the bin and comes back.

    title: its word, lazily translated. icon: of the page's list. model: of what it is, whose numbers an entry names.
    parts: deletes the thing in short transactions, one a step, through projects.bin.filling.part; a second call goes on
    where the first broke off. check: raises Conflict where the thing cannot come back now.
    """

    title: Any
    icon: str
    model: type[Model]
    parts: Callable[[BinEntry], Iterator[None]]
    check: Callable[[BinEntry], None]


kinds: dict[str, Kind] = {}

# Called in the transaction of each part that came back, with who asked for it. Filled as the apps start.
came_back: list[Callable[[User | None, RestoreResult], None]] = []


def nothing_to_check(_entry: BinEntry) -> None:
    """For what can always come back."""


@cache
def models_in_bin() -> frozenset[type[Model]]:
    """Of all that ever lies in the bin: what kinds are of, and what is deleted with it."""
    found: set[Any] = set()
    left: list[Any] = [kind.model for kind in kinds.values()]
    while left:
        model = left.pop()
        if model not in found:
            found.add(model)
            related = model._meta.get_fields(include_hidden=True)
            left += [one.related_model for one in related if getattr(one, "on_delete", None) is CASCADE]
    return frozenset(found)
