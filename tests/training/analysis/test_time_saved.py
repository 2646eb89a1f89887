"""The effort model: bad suggestions save nothing, good ones most of the drawing."""

from __future__ import annotations

import pytest

from training.analysis.time_saved import seconds_expected


@pytest.mark.parametrize(
    ("suggested", "precision", "expected"),
    [(0, 1.0, 0), (100, 0.0, 0), (100, 0.2, 0), (100, 1.0, 500), (100, 0.5, 170)],
)
def test_seconds_expected(suggested: int, precision: float, expected: float) -> None:
    assert seconds_expected(suggested, precision) == pytest.approx(expected)
