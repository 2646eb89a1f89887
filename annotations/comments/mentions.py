"""Who is called by name in a text: "@Ada Lovelace" or "@ada@example.org", of the members alone.

A Korean particle may follow a name at once ("@김철수가"), a letter of another script may not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    pk: int
    name: str
    email: str

    @property
    def names(self) -> set[str]:
        return {text.casefold() for text in (self.name, self.email) if text}


def find(text: str, members: Iterable[Member]) -> set[int]:
    """Ids of the members that are called. The longest name that fits counts; of namesakes all are meant."""
    named: dict[str, set[int]] = defaultdict(set)
    for member in members:
        for name in member.names:
            named[name].add(member.pk)
    pattern = _pattern(named)
    called = pattern.findall(text.casefold()) if pattern else []
    return {pk for name in called for pk in named[name]}


def pieces(text: str, members: Iterable[Member]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it calls one of these members."""
    pattern = _pattern({name for member in members for name in member.names})
    if pattern is None:
        return [(text, False)]
    found: list[tuple[str, bool]] = []
    end = 0
    for match in pattern.finditer(text):
        found += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [part for part in [*found, (text[end:], False)] if part[0]]


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(names, key=len, reverse=True)
    if not longest_first:
        return None
    listed = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w.])@({listed})(?!(?![가-힣])\w)", re.IGNORECASE)
