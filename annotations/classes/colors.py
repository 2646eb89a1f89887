"""The colours that new classes get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

# Distinct on light and dark photos alike: each of the forty is as far from all before it (22 or more in CIELAB) as the
# first ten are from one another.
PALETTE = (
    "#f97316", "#3b82f6", "#22c55e", "#e11d48", "#a855f7", "#eab308", "#06b6d4", "#ec4899", "#84cc16", "#6366f1",
    "#815931", "#d0a3dc", "#c0cf81", "#318161", "#f99186", "#ff00e6", "#0df20d", "#923b9b", "#16679c", "#20dfb9",
    "#7f00ff", "#ff0000", "#9b3b58", "#ff80ff", "#598f24", "#d4a154", "#aa2909", "#80b2ff", "#d6d600", "#cb0ba5",
    "#9c9c16", "#004cff", "#c40df2", "#cc7033", "#cf8199", "#bf86f9", "#81cf91", "#f986d6", "#00b200", "#64c4ba",
)  # fmt: skip


def next_colors(taken: Iterable[str], n: int) -> list[str]:
    """`n` colours that are not taken; once all are, those that the fewest classes have."""
    used = Counter(dict.fromkeys(PALETTE, 0))
    used.update(color for color in taken if color in used)
    found = []
    for _ in range(n):
        color = min(PALETTE, key=lambda one: used[one])  # of equals the first
        used[color] += 1
        found.append(color)
    return found
