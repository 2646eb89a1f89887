"""Wilson's interval: it holds the share, narrows with the count, and knows nothing of nothing."""

from __future__ import annotations

import pytest

from training.protocol.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.278),
        (10, 10, 0.722, 1.0),
        (9, 10, 0.596, 0.982),
        (30, 30, 0.886, 1.0),
        (500, 1000, 0.469, 0.531),
    ],
)
def test_both_ends(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == pytest.approx((low, high), abs=0.001)
    assert wilson(count - hits, count) == pytest.approx((1 - high, 1 - low), abs=0.001)
