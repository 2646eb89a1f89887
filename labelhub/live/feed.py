"""What is new in one project or run, read once for all who listen to it in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

Rows = list[Any]
Message = dict[str, Any]


class Feed(ABC):
    """Rows that only ever get more.

    Every method runs in the one database thread of live pages, never two of a feed at once.
    """

    # Whether `told` depends on the language; if not, it is asked once for all.
    translated: ClassVar[bool] = False
    # Seconds between looks without Redis, for what other processes write.
    poll_s: ClassVar[float] = 0.5

    def __init__(self, pk: int) -> None:
        self.pk = pk

    @staticmethod
    @abstractmethod
    def admit(user: Any, pk: int) -> None:
        """Raises Http404 where `user` may not listen."""

    @property
    @abstractmethod
    def group(self) -> str:
        """What it is woken by; its name in this process, too."""

    @abstractmethod
    def start(self) -> None:
        """Remembers how far the rows reach now; `look` begins there.

        Raises Http404 where there is nothing to follow.
        """

    @abstractmethod
    def look(self) -> Rows:
        """What was not returned yet, in order. One or a few cheap queries when there is nothing.

        Raises Http404 as above.
        """

    @abstractmethod
    def missed(self, since: int | None) -> Rows:
        """What a newcomer who saw all up to `since` has missed of what `look` returned already."""

    @abstractmethod
    def reported(self, rows: Rows) -> list[Message]:
        """Rows as messages, in the language that is active."""

    def hidden(self, users: set[int], rows: Rows) -> dict[int, frozenset[int]]:
        """By person, ids of images of which they are not told; who is told all is left out."""
        return {}

    def without(self, rows: Rows, images: frozenset[int]) -> Rows:
        """What is left of rows for whom these images are hidden from."""
        return rows

    @abstractmethod
    def still_allowed(self, users: set[int]) -> set[int]:
        """Who of these may still listen."""
