"""How large the detector sees images for a class: small objects need more pixels, and pixels cost time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.tuning.vision import DetectorSettings


def span(xyxy: Sequence[float], size: tuple[int, int]) -> float:
    """The share of an image's longer side that a box spans, as the square root of its area."""
    x1, y1, x2, y2 = xyxy
    return float(np.sqrt(max(x2 - x1, 0) * max(y2 - y1, 0)) / max(size))


def side_for(spans: Sequence[float], budget: str, settings: DetectorSettings) -> int:
    """The smallest side at which all but the smallest shots can be seen; the largest where none is enough."""
    sides = settings.sizes(budget)
    if not spans:
        return sides[0]
    typical = float(np.percentile(spans, settings.smaller))
    return next((side for side in sides if side * typical >= settings.object_size), sides[-1])
