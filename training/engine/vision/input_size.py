"""How large the detector sees images for a class: small objects need more pixels, and pixels cost time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.vision.detector import SIDE

SIDES = {"fast": (SIDE, 1280), "best": (SIDE, 1280, 1920)}
# Pixels of the network's input that most objects of a class should span (square root of the area).
SMALL = 24.0
MOST = 25  # per cent of the shots may be smaller


def span(xyxy: Sequence[float], size: tuple[int, int]) -> float:
    """The share of an image's longer side that a box spans, as the square root of its area."""
    x1, y1, x2, y2 = xyxy
    return float(np.sqrt(max(x2 - x1, 0) * max(y2 - y1, 0)) / max(size))


def side_for(spans: Sequence[float], sides: Sequence[int]) -> int:
    """The smallest side at which all but the smallest shots can be seen; the largest where none is enough."""
    if not spans:
        return sides[0]
    typical = float(np.percentile(spans, MOST))
    return next((side for side in sides if side * typical >= SMALL), sides[-1])
