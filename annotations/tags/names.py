"""What a tag may be called. Pure."""

from __future__ import annotations

LONGEST = 60
BETWEEN = ";"  # what stands between tags in a table


def clean_tag(value: object) -> str:
    """The name as it is kept; "" where it is none."""
    name = " ".join(str(value).split())
    return name if len(name) <= LONGEST and name.isprintable() and BETWEEN not in name else ""
