"""JSON values checked one by one: what is wrong is refused with the full name of its field.

A check takes a raw value and returns a typed one; it raises ValueError with the end of a sentence otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from training.protocol.errors import BadJob
from training.protocol.job import XYXY

T = TypeVar("T")


class Reader:
    """One JSON object of the job, which knows where it stands in the file."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise BadJob(f"{where or 'the job'}: an object is needed, not {type(raw).__name__}.", field=where)
        self.raw: Mapping[str, object] = raw
        self.where = where

    def place(self, name: str) -> str:
        """The full name of a field."""
        return f"{self.where}.{name}" if self.where else name

    def get(self, name: str, check: Callable[[Any], T], default: Any = ...) -> T:
        """A field's checked value; a missing or null one is its default, or refused where there is none."""
        value = self.raw.get(name)
        if value is None:
            if default is ...:
                raise BadJob(f"{self.place(name)}: is missing.", field=self.place(name))
            checked: T = default
            return checked
        try:
            return check(value)
        except ValueError as error:
            raise BadJob(f"{self.place(name)}: {error}", field=self.place(name)) from None

    def items(self, name: str) -> list[Reader]:
        """A list of objects; missing is empty."""
        rows = self.raw.get(name) or []
        if not isinstance(rows, list):
            raise BadJob(f"{self.place(name)}: a list is needed.", field=self.place(name))
        return [Reader(row, f"{self.place(name)}[{index}]") for index, row in enumerate(rows)]

    def inner(self, name: str) -> Reader:
        """An object inside this one; missing is empty."""
        return Reader(self.raw.get(name) or {}, self.place(name))


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"a whole number is needed, not {value!r}.")
    return value


def positive(value: Any) -> int:
    if integer(value) < 1:
        raise ValueError(f"must be at least 1, not {value}.")
    return int(value)


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"a number is needed, not {value!r}.")
    return float(value)


def between(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if not low <= number(value) <= high:
            raise ValueError(f"must lie between {low} and {high}, not {value}.")
        return float(value)

    return check


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {value!r}.")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text is needed, not {value!r}.")
    return value


def one_of(*names: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}, not {value!r}.")
        return str(value)

    return check


def absolute(value: Any) -> Path:
    path = Path(text(value))
    if not path.is_absolute():
        raise ValueError(f"an absolute path is needed, not {value!r}.")
    return path


def sha256(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("64 hexadecimal digits are needed.")
    return value


def device(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
        raise ValueError(f"must be auto, cpu, cuda or cuda:N, not {value!r}.")
    return value


def list_of(check: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    def checked(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise ValueError("a list is needed.")
        return [check(item) for item in value]

    return checked


def point(value: Any) -> tuple[float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError("two numbers [x, y] are needed.")
    x, y = (number(edge) for edge in value)
    return x, y


def box(value: Any) -> XYXY:
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError("four numbers [x1, y1, x2, y2] are needed.")
    x1, y1, x2, y2 = (number(edge) for edge in value)
    if x2 <= x1 or y2 <= y1:
        raise ValueError(f"x2 and y2 must lie beyond x1 and y1, not {list(value)}.")
    return x1, y1, x2, y2
