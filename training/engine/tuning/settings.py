"""What a tuned number says of itself."""

from __future__ import annotations

from dataclasses import field
from typing import Any

ORIGINS = ("convention", "paper", "estimate")


def tuned(value: Any, unit: str, reason: str, by: str) -> Any:
    """A field of settings with this value. Its metadata hold the unit, the reason and what chose it.

    by: a script of bench/engine/ (`fewshot`: F1 and AP50 of ten shots on several sets of photos), `convention` (the
    usual value of the field), `paper` (named where the number is used) or `estimate` (set by hand once and never varied
    alone).
    """
    return field(default=value, metadata={"unit": unit, "reason": reason, "by": by})
