"""The table of sources: points of recall beside seconds, means over seeds."""

from __future__ import annotations

from bench.engine.sources import Reach, Row, table


def reach(generic: float, kept: float) -> Reach:
    return Reach(generic, 0.5, kept, boxes=20, pass_s=0.1, fit_s=2.0, head_s=0.01)


def test_what_a_source_brings_stands_beside_its_seconds() -> None:
    rows = [
        Row("a/x", reach(0.2, 0.6), reach(0.3, 0.7), own=640),
        Row("a/x", reach(0.4, 0.8), reach(0.3, 0.9), own=1280),
    ]
    text = table(rows)
    assert "| a/x | 0.300 | 0.500 | 0.700 | 20 | 0.800 | 1280, 640 | +40.0 / 3.0 | +10.0 / 10 |" in text
    assert "10 s for 100 images" in text
