"""How much drawing suggestions may save, before anybody has answered: by the precision that held-out shots showed."""

from __future__ import annotations

from annotations.answers import ADJUST, DRAW, LOOK

ADJUSTED = 0.1  # of the right ones


def seconds_expected(suggested: int, precision: float) -> float:
    """Of so many suggestions the true ones need no drawing, all need a look, a tenth of the true ones a correction.

    What was missed has to be drawn with or without suggestions. Never below zero: nobody has to look at them.
    """
    true = suggested * precision
    return max(true * DRAW - suggested * LOOK - true * ADJUSTED * ADJUST, 0.0)
