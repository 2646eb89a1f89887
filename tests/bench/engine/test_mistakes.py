"""What the truth calls false is what hits no true box that is still free."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench.engine.measure import Guess
from bench.engine.mistakes import FIND, SIDE, called_false, tile, write_sheets

TRUTHS = {"a": [[0, 0, 10, 10]], "b": []}
RIGHT = Guess("a", [0, 0, 10, 10], 0.9, auto=True)
AGAIN = Guess("a", [0, 0, 10, 9], 0.8)
LOOSE = Guess("a", [0, 0, 10, 4], 0.7)
NOWHERE = Guess("b", [5, 5, 10, 10], 0.95, auto=True)
DROPPED = Guess("b", [5, 5, 10, 10], 0.1, kept=False)


@pytest.mark.parametrize(
    ("auto", "expected"), [(False, [(NOWHERE, 0.0), (AGAIN, 0.9), (LOOSE, 0.4)]), (True, [(NOWHERE, 0.0)])]
)
def test_only_what_hits_nothing_new_is_called_false(auto: bool, expected: list[tuple[Guess, float]]) -> None:
    found = called_false([DROPPED, LOOSE, AGAIN, RIGHT, NOWHERE], TRUTHS, auto)
    assert [guess for guess, _ in found] == [guess for guess, _ in expected]
    assert [near for _, near in found] == pytest.approx([near for _, near in expected])


def test_sheets_hold_all_tiles(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), (9, 9, 9)).save(tmp_path / "a.png")
    one = tile(tmp_path / "a.png", [10, 10, 8, 8], [[0, 0, 4, 4]], "0 0.90")
    assert one.size == (SIDE, SIDE)
    assert any(colour == FIND for _, colour in one.getcolors(SIDE * SIDE) or [])
    write_sheets([one] * 55, tmp_path / "sheets")
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["sheet-0.png", "sheet-1.png"]
