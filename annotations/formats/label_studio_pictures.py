"""Where the pictures of Label Studio's tasks lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotations.formats.addresses import picture_address, picture_name
from annotations.formats.folders import is_image


def address_of(data: Mapping[str, Any]) -> str:
    """The first value of a task's data that is a picture's address, else what "image" holds; "" where there is none."""
    first = data.get("image")
    texts = [one for one in (first, *data.values()) if isinstance(one, str) and one and not one.startswith("data:")]
    fallback = first if isinstance(first, str) and first in texts else ""
    return next((text for text in texts if is_image(picture_name(text))), fallback)


def picture_addresses(tasks: Iterable[Any]) -> list[str]:
    """The http(s) addresses of tasks' pictures, each once; one must end like a picture's name."""
    rows = (task["data"] for task in tasks if isinstance(task, dict) and isinstance(task.get("data"), dict))
    return list(dict.fromkeys(text for data in rows if (text := picture_address(address_of(data)))))
