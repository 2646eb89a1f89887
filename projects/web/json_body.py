"""Bodies in JSON whose texts can all be kept: NUL and halves of surrogate pairs are refused, which no database takes
and no answer could repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """DRF's, and strict about text."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        found = super().parse(stream, media_type, parser_context)
        if not _can_be_kept(found):
            raise ParseError(_("A text holds NUL or half a surrogate pair (\\u0000, \\ud800 …), which cannot be kept."))
        return found


def _can_be_kept(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if (not one.isascii() and any("\ud800" <= letter <= "\udfff" for letter in one)) or "\0" in one:
                return False
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return True
