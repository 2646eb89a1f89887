"""The figures of several servers beside each other and the goals, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.web.beside.work import CLIENTS, Figures


@dataclass(frozen=True, slots=True)
class Row:
    """key: of the figure. goal: of LabelHub. more: whether more is better. clock: whether other work on the machine
    changes it.
    """

    title: str
    key: str
    unit: str
    goal: float | None
    more: bool = False
    clock: bool = False

    def is_met(self, value: float) -> bool:
        return self.goal is None or (value >= self.goal if self.more else value <= self.goal)

    def ratio(self, ours: float, theirs: float) -> float:
        """How many times better ours is."""
        return ours / theirs if self.more else theirs / ours


CPU_S, CPU_MS, A_SECOND, S, MB = "CPU s", "CPU ms", "a second", "s", "MB"
ROWS = (
    Row("import 2,000 images' labels x 5 boxes, Label Studio's JSON", "import_label_studio", CPU_S, 1.0),
    Row("the same as COCO", "import_coco", CPU_S, 1.0),
    Row("export them as COCO", "export_coco", CPU_S, 0.5),
    Row("export them as Label Studio's JSON", "export_json", CPU_S, 0.5),
    Row("export them as YOLO", "export_yolo", CPU_S, 0.5),
    Row("list page of 100 images with boxes", "page", CPU_MS, 50),
    Row(f"such pages, {CLIENTS} clients", "pages_a_second", A_SECOND, 15, more=True, clock=True),
    Row("save 5 boxes on an image", "save", CPU_MS, 25),
    Row(f"such saves, {CLIENTS} clients", "saves_a_second", A_SECOND, 60, more=True, clock=True),
    Row("saves that failed", "save_errors", "", 0),
    Row(f"the same during a bulk import, {CLIENTS} clients: p95", "busy_p95", S, 0.3, clock=True),
    Row("saves that failed then", "busy_errors", "", 0),
    Row("next image, with 5 predictions", "next", CPU_MS, 20),
    Row("2,000 images' predictions x 5 boxes", "predictions", CPU_S, 1.0),
    Row("upload JPEGs of 1280 x 720, 20 a request", "uploads_a_second_20", A_SECOND, 100, more=True, clock=True),
    Row("each of them", "upload_20", CPU_MS, None),
    Row("upload such JPEGs, 1 a request", "uploads_a_second_1", A_SECOND, 30, more=True, clock=True),
    Row("each of them", "upload_1", CPU_MS, None),
    Row("first start, with a new database", "first_start", S, 6, clock=True),
    Row("that first start", "first_start_cpu", CPU_S, None),
    Row("later start", "later_start", S, 2, clock=True),
    Row("that later start", "later_start_cpu", CPU_S, None),
    Row("memory of the web process after all this", "rss", MB, 120),
)


def markdown(found: Mapping[str, Figures], peer: str) -> str:
    """found: by the server's name. peer: the one that the others are measured beside. Missed goals are bold."""
    ours = [name for name in found if name != peer]
    heads = ["work", "unit", "goal", *ours, peer, "times better"]
    lines = [_line(heads), _line(["---", "---", *["---:"] * (len(heads) - 2)])]
    for row in ROWS:
        values = [found[name].get(row.key, math.nan) for name in ours]
        theirs = found.get(peer, {}).get(row.key, math.nan)
        unit = f"{row.unit}, by the clock" if row.clock else row.unit
        cells = [*(_cell(row, one) for one in values), _number(theirs), _times(row, values, theirs)]
        lines.append(_line([row.title, unit, _goal(row), *cells]))
    return "\n".join(lines)


def missed(found: Mapping[str, Figures], peer: str) -> list[str]:
    return [
        f"{name}: {row.title}"
        for name, figures in found.items()
        for row in ROWS
        if name != peer and row.key in figures and not row.is_met(figures[row.key])
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _goal(row: Row) -> str:
    return "" if row.goal is None else f"{'≥' if row.more else '≤'} {_number(row.goal)}"


def _cell(row: Row, value: float) -> str:
    return _number(value) if math.isnan(value) or row.is_met(value) else f"**{_number(value)}**"


def _times(row: Row, ours: Sequence[float], theirs: float) -> str:
    found = [row.ratio(value, theirs) for value in ours if value and theirs]
    return " / ".join("" if math.isnan(one) else f"{one:.1f}" for one in found)


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return (
        f"{value:.0f}"
        if value == int(value) or abs(value) >= 100
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )
