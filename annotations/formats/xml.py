"""XML read safely: a file may declare no entities, and is taken apart piece by piece, each element with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from annotations.formats.folders import Tree
from annotations.formats.types import FormatError, marked

PIECE = 64 * 1024  # bytes
MOST_NESTED = 100
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL)
_FIRST = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")


@dataclass(slots=True)
class Element:
    """An element with its children. line: from 1."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> Iterator[Element]:
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> Element | None:
        return next(self.all(tag), None)

    def said(self, tag: str) -> str:
        """The text of a child, "" where there is none."""
        found = self.first(tag)
        return found.text.strip() if found else ""


def elements(text: str, file: str) -> Iterator[Element]:
    """The root, without children, then each of its children as soon as it is whole. Raises FormatError."""
    reader, raw = _Reader(), text.encode("utf-8", "replace")
    try:
        for start in range(0, len(raw) or 1, PIECE):
            reader.parser.Parse(raw[start : start + PIECE], start + PIECE >= len(raw))
            yield from reader.ready
            reader.ready.clear()
    except _Refused as error:
        raise FormatError(file, error.line, error.what) from error
    except expat.ExpatError as error:
        what = marked("This is not XML: %(reason)s.")
        raise FormatError(file, error.lineno, what, {"reason": expat.errors.messages[error.code]}) from error


def root_tag(text: str) -> str:
    """What the first element is called, "" where this is no XML."""
    head = text[:PIECE]
    reader = _Reader()
    try:
        reader.parser.Parse(head.encode("utf-8", "replace"), False)
    except _Refused:  # whoever reads it refuses it with its sentence
        found = _FIRST.search(_DOCTYPE.sub("", head))
        return found[1] if found else ""
    except expat.ExpatError:
        pass  # what came before may suffice
    return reader.ready[0].tag if reader.ready else ""


def tag_of(tree: Tree, path: str) -> str:
    """What the first element of a file is called, "" where it is no XML."""
    try:
        return root_tag(tree.markup(path))
    except FormatError:
        return ""


class _Refused(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


class _Reader:
    def __init__(self) -> None:
        self.ready: list[Element] = []
        self._open: list[Element] = []
        self._text: list[str] = []
        self.parser = parser = expat.ParserCreate("utf-8")  # whatever it says: it is decoded already
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def _refuse(self, *_given: object) -> int:
        raise _Refused(self.parser.CurrentLineNumber, marked("This XML declares entities, which are not read."))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MOST_NESTED:
            raise _Refused(self.parser.CurrentLineNumber, marked("This XML is nested beyond all measure."))
        element = Element(tag.rpartition(":")[2], attributes, self.parser.CurrentLineNumber)
        if not self._open:
            self.ready.append(element)
        self._open.append(element)
        self._text.clear()

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        if not element.children:
            element.text = "".join(self._text)
        self._text.clear()
        if len(self._open) == 1:
            self.ready.append(element)
        elif self._open:
            self._open[-1].children.append(element)


def escaped(text: str) -> str:
    """Text for an element or, in double quotes, an attribute; what XML cannot say at all becomes U+FFFD."""
    safe = "".join(letter if _can_be_said(letter) else "\ufffd" for letter in text)
    for letter, said in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        safe = safe.replace(letter, said)
    return safe.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")


def _can_be_said(letter: str) -> bool:
    return (letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff") or letter in "\n\r\t"
