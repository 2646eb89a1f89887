"""How sure a share is: Wilson's interval. Plain arithmetic, so that the engine and the web process both use it."""

from __future__ import annotations

from math import sqrt


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Both ends of Wilson's 95 % interval of hits among count; of nothing nothing is known."""
    if count <= 0:
        return 0.0, 1.0
    p = hits / count
    middle = p + z * z / (2 * count)
    spread = z * sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
