"""The ablation's table: the mean over seeds of each class, then over classes."""

from __future__ import annotations

import json
from pathlib import Path

from bench.engine.ablation import COLUMNS, anchor_rows, table


def row(value: float) -> dict[str, float]:
    return dict.fromkeys(COLUMNS, value)


def test_the_table_holds_means() -> None:
    text = table({"a/x": {"anchor": [row(0.2)], "sources": [row(0.4), row(0.6)]}, "b/y": {"sources": [row(0.7)]}})
    assert "| a/x | sources | 0.500 |" in text
    assert "| **mean of 1** | anchor | 0.200 |" in text
    assert "| **mean of 2** | sources | 0.600 |" in text


def test_the_anchor_is_taken_from_the_same_draws(tmp_path: Path) -> None:
    several = [
        {"method": "anchor", "set": "a", "class": "x", "seed": 0, **row(0.1)},
        {"method": "anchor", "set": "a", "class": "x", "seed": 1, **row(0.9)},
        {"method": "engine", "set": "a", "class": "x", "seed": 0, **row(0.9)},
        {"method": "anchor", "set": "b", "class": "y", "seed": 0, **row(0.9)},
    ]
    path = tmp_path / "kept.json"
    path.write_text(json.dumps(several), encoding="utf-8")
    assert anchor_rows(path, ["a/x"], [0]) == {"a/x": [row(0.1)]}
    assert anchor_rows(tmp_path / "none.json", ["a/x"], [0]) == {}
