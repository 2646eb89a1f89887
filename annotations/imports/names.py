"""Finding a picture by the name that a file of labels gives it: labels travel, and their paths seldom do. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from posixpath import splitext
from typing import Generic, TypeVar

from annotations.file_names import safe_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NameMatch(Generic[T]):
    """exact: by its whole name, in a folder or not; not by a part or another spelling of it."""

    value: T
    exact: bool


class Names(Generic[T]):
    """Things by their paths. A name finds one by its whole path, by its last part, without regard to case and Unicode
    form, without its ending, or as exports make it safe: by the first of these that exactly one fits.
    """

    def __init__(self, items: Iterable[tuple[str, T]]) -> None:
        self._items = list(items)
        self._by: dict[Callable[[str], str], dict[str, list[tuple[str, T]]]] = {}
        self._whole: dict[str, list[T]] = defaultdict(list)
        for path, value in self._items:
            self._whole[path].append(value)

    def find(self, name: str) -> NameMatch[T] | None:
        if len(there := self._whole.get(name, [])) == 1:
            return NameMatch(there[0], exact=True)
        fitting = self.fitting(name)
        if len(fitting) != 1:
            return None
        path, value = fitting[0]
        return NameMatch(value, exact=path.endswith(f"/{name}"))

    def fitting(self, name: str) -> list[tuple[str, T]]:
        """All that a name fits as well as any: where these are several, a looser look would only find more."""
        for key in (_last, _folded, _stem, _safe):
            fitting = self._grouped(key).get(key(name), [])
            if len(fitting) > 1:
                fitting = _nearest(name, fitting)
            if fitting:
                return fitting
        return []

    def _grouped(self, key: Callable[[str], str]) -> dict[str, list[tuple[str, T]]]:
        """Made when a name first asks for it: most files name their pictures rightly."""
        if key not in self._by:
            groups: dict[str, list[tuple[str, T]]] = defaultdict(list)
            for path, value in self._items:
                groups[key(path)].append((path, value))
            self._by[key] = groups
        return self._by[key]


def _nearest(name: str, fitting: list[tuple[str, T]]) -> list[tuple[str, T]]:
    """Those that share the most folders with a name, counted from its end; all where none does."""
    shared = [_shared(name, path) for path, _value in fitting]
    return [one for one, n in zip(fitting, shared, strict=True) if n == max(shared)]


def _shared(a: str, b: str) -> int:
    parts = list(zip(reversed(a.split("/")), reversed(b.split("/")), strict=False))
    folders = [_fold(x) == _fold(y) for x, y in parts[1:]]
    return folders.index(False) if False in folders else len(folders)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _folded(path: str) -> str:
    return _fold(_last(path))


def _stem(path: str) -> str:
    return splitext(_folded(path))[0]


def _safe(path: str) -> str:
    """As an export writes a name that not every system takes."""
    return _fold(safe_name(_last(path)))
