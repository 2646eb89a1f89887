"""The changes that a client asks of one image, parsed and checked before anything is touched. Pure."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotations.attributes import Values
from annotations.flags import NAMES, bits_of
from annotations.geometry import XYXY, inside
from projects.errors import Refusal

MAX_CHANGES = 2000


@dataclass(frozen=True, slots=True)
class Create:
    """flags: bits of annotations.flags.Flag. attributes: None for the defaults of the class."""

    id: uuid.UUID
    label: int
    xyxy: XYXY
    flags: int = 0
    attributes: Values | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """attributes: all of them; where the class alone is another, what it asks for as well stays."""

    id: uuid.UUID
    label: int | None
    xyxy: XYXY | None
    flags: int | None = None
    attributes: Values | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class SetComplete:
    label: int
    value: bool


@dataclass(frozen=True, slots=True)
class SetTag:
    tag: str
    value: bool


@dataclass(frozen=True, slots=True)
class Accept:
    suggestion: int
    id: uuid.UUID
    label: int | None
    xyxy: XYXY | None
    attributes: Values | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    suggestion: int


@dataclass(frozen=True, slots=True)
class Reopen:
    suggestion: int


Change = Create | Update | Delete | SetComplete | SetTag | Accept | Reject | Reopen


def parse(raw: Any, *, width: int, height: int) -> list[Change]:
    """The list of a request as values; boxes are cut at the image's edges.

    Raises Refusal naming the entry and its field.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, (str, bytes)):
        raise Refusal(_("“changes” must be a list."), field="changes")
    if len(raw) > MAX_CHANGES:
        raise Refusal(_("At most %(n)d changes at once.") % {"n": MAX_CHANGES}, field="changes")
    return [_Entry(index, item, width, height).change() for index, item in enumerate(raw)]


class _Entry:
    """One entry of the list, with its place for the messages."""

    def __init__(self, index: int, raw: Any, width: int, height: int) -> None:
        self.place = f"changes[{index}]"
        if not isinstance(raw, Mapping):
            raise Refusal(_("Each change must be an object."), field=self.place)
        self.raw, self.width, self.height = raw, width, height

    def change(self) -> Change:
        match self.raw.get("op"):
            case "create":
                flags = self.optional_flags() or 0
                return Create(self.key("id"), self.number("class"), self.xyxy(), flags, self.optional_attributes())
            case "update":
                place = (self.optional_label(), self.optional_xyxy())
                return Update(self.key("id"), *place, self.optional_flags(), self.optional_attributes())
            case "delete":
                return Delete(self.key("id"))
            case "complete":
                return SetComplete(self.number("class"), self.flag("value"))
            case "tag":
                return SetTag(str(self.raw.get("tag", "")), self.flag("value"))
            case "accept":
                place = (self.optional_label(), self.optional_xyxy())
                return Accept(self.number("suggestion"), self.key("id"), *place, self.optional_attributes())
            case "reject":
                return Reject(self.number("suggestion"))
            case "reopen":
                return Reopen(self.number("suggestion"))
        raise self.refuse("op", _("“op” must be create, update, delete, complete, tag, accept, reject or reopen."))

    def refuse(self, field: str, detail: str) -> Refusal:
        return Refusal(detail, field=f"{self.place}.{field}")

    def number(self, field: str) -> int:
        value = self.raw.get(field)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse(field, _("“%(field)s” must be a whole number.") % {"field": field})
        return value

    def flag(self, field: str) -> bool:
        value = self.raw.get(field)
        if not isinstance(value, bool):
            raise self.refuse(field, _("“%(field)s” must be true or false.") % {"field": field})
        return value

    def key(self, field: str) -> uuid.UUID:
        try:
            return uuid.UUID(str(self.raw.get(field)))
        except ValueError as error:
            raise self.refuse(field, _("“%(field)s” must be a UUID.") % {"field": field}) from error

    def optional_label(self) -> int | None:
        return self.number("class") if "class" in self.raw else None

    def optional_xyxy(self) -> XYXY | None:
        return self.xyxy() if "xyxy" in self.raw else None

    def optional_flags(self) -> int | None:
        value = self.raw.get("flags")
        if value is None:
            return None
        try:
            return bits_of(value if isinstance(value, list) else [None])
        except KeyError:
            words = _("“flags” must be a list of %(names)s.") % {"names": ", ".join(NAMES)}
            raise self.refuse("flags", words) from None

    def optional_attributes(self) -> Values | None:
        """Which there are, the class says, which is not known here."""
        value = self.raw.get("attributes")
        if value is None:
            return None
        if not isinstance(value, Mapping) or not all(
            isinstance(one, str | int | float | bool) for one in value.values()
        ):
            words = _("“attributes” must be an object of texts, numbers, true and false.")
            raise self.refuse("attributes", words)
        return dict(value)

    def xyxy(self) -> XYXY:
        value = self.raw.get("xyxy")
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
            raise self.refuse("xyxy", _("A box needs four numbers: x1, y1, x2, y2."))
        if any(isinstance(n, bool) or not isinstance(n, (int, float)) or not math.isfinite(n) for n in value):
            raise self.refuse("xyxy", _("A box needs four numbers: x1, y1, x2, y2."))
        x1, y1, x2, y2 = map(float, value)
        found = inside((x1, y1, x2, y2), self.width, self.height)
        if found is None:
            raise self.refuse("xyxy", _("The box is smaller than a pixel, or outside the image."))
        return found
