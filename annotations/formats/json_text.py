"""JSON of label files: numbers with all their digits, and no text that cannot be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from annotations.formats.text import clean
from annotations.formats.types import FormatError, marked

_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\(?:(?P<whole>{_PAIR})|(?P<unkept>u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{{2}}))|.)", re.DOTALL)


def parsed(text: str, file: str, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """hook: as `object_hook`. Raises FormatError."""
    text = clean(text.removeprefix("\ufeff"))
    if _SUSPECT.search(text):  # escapes of NUL and of half a surrogate pair
        text = _ESCAPE.sub(lambda found: "\\ufffd" if found["unkept"] else found[0], text)
    try:
        return json.loads(text, parse_float=Decimal, object_hook=hook)
    except json.JSONDecodeError as error:
        raise FormatError(file, error.lineno, marked("This is not JSON: %(reason)s."), {"reason": error.msg}) from error
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise FormatError(file, None, marked("This JSON holds numbers or nesting beyond all measure.")) from error
