"""How much drawing suggestions save a person: looking at a box and correcting some against drawing them all."""

from __future__ import annotations

# Seconds per box: to look at it, to correct it, to draw it (extreme clicking; Papadopoulos, Uijlings, Keller, Ferrari 2017).
LOOK, ADJUST, DRAW = 1.6, 4.0, 7.0
ADJUSTED = 0.1


def seconds_saved(suggested: int, precision: float) -> float:
    """Of so many suggestions the true ones need no drawing, all need a look, a tenth of the true ones a correction.

    What was missed has to be drawn with or without suggestions. Never below zero: nobody has to look at them.
    """
    true = suggested * precision
    return max(true * DRAW - suggested * LOOK - true * ADJUSTED * ADJUST, 0.0)


def seconds_spared(kept: int, changed: int, wrong: int) -> float:
    """What suggestions that people judged have spared them: every right one its drawing, less a look at each and what was corrected.

    Below zero where looking took longer than drawing would have.
    """
    return (kept + changed) * DRAW - (kept + changed + wrong) * LOOK - changed * ADJUST
