"""What can lie in the bin: a registry that each app fills with its own as it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from projects.bin.snapshot import Restored
from projects.models import BinEntry, User


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of thing goes into the bin and comes back.

    title: its word, lazily translated. icon: of the page's list. parts: deletes the thing in short transactions, one a
    step, through projects.bin.filling.part; a second call goes on where the first broke off. check: raises Conflict
    where the thing cannot come back now. restored: called in the transaction of each part that came back.
    """

    title: Any
    icon: str
    parts: Callable[[BinEntry], Iterator[None]]
    check: Callable[[BinEntry], None]
    restored: Callable[[User | None, Restored], None]


kinds: dict[str, Kind] = {}


def nothing_to_check(_entry: BinEntry) -> None:
    """For what can always come back."""


def nothing_more(_actor: User | None, _restored: Restored) -> None:
    """For what is whole once its rows are there."""
