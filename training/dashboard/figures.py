"""The home page's figures as the page draws them: the bar of what is done, and what people's answers say.

Pure but for words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from annotations.answers import ADJUST, DRAW, LOOK, total
from annotations.statistics import DAYS, Figures
from training.dashboard import series


def with_bars(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each class's row with its bar, in percent of the largest class."""
    most = max((row["boxes"] for row in rows), default=0)
    return [row | {"bar": round(100 * row["boxes"] / most, 1) if most else 0} for row in rows]


def parts(figures: Figures) -> list[dict[str, Any]]:
    """The bar of what is done: each part with its place in percent."""
    named = [
        ("complete", _("complete for every class in use"), figures.complete),
        ("begun", _("begun"), figures.begun),
        ("untouched", _("untouched"), figures.untouched),
    ]
    found, x = [], 0.0
    for kind, name, n in named:
        width = 100 * n / figures.images if figures.images else 0.0
        found.append({"kind": kind, "name": name, "n": n, "x": x, "width": width})
        x += width
    return found


def answered(figures: Figures, today: date) -> dict[str, Any]:
    """What people's answers say: the charts, the precision of the last days, the drawing time that suggestions
    saved.
    """
    days = series.per_day(figures.days, today, DAYS)
    points = series.rolling_precision(figures.decisions)
    recent = [day for day in figures.decisions if day.day > today - timedelta(days=DAYS)]
    answers = total(day.answers for day in figures.decisions)
    return {
        "days": [day for day in reversed(days) if day.drawn or day.accepted or day.imported],
        "points": list(reversed(points)),
        "sources": [("drawn", _("drawn")), ("accepted", _("accepted")), ("imported", _("imported"))],
        "recent": series.Share.of(recent),
        "made": sum(day.drawn + day.accepted + day.imported for day in days),
        "answers": answers,
        "changed": answers.adjusted + answers.renamed,
        "effort": {"draw": f"{DRAW:g}", "look": f"{LOOK:g}", "adjust": f"{ADJUST:g}"},
        "data": series.as_json(days, points),
    }
