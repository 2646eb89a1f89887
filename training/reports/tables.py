"""The tables of a report: the same rows on the page, under a picture, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse

from projects.web.cells import safe_cell

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """key: its head in CSV. kind: words, count, share, day, seconds or bytes."""

    key: str
    name: str
    kind: str = "count"

    @property
    def is_number(self) -> bool:
        return self.kind not in {"words", "day"}


@dataclass(frozen=True, slots=True)
class Table:
    """links: where each row leads, "" for nowhere."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    links: Sequence[str] = ()

    @property
    def lines(self) -> list[tuple[str, list[tuple[Column, Cell]]]]:
        links = self.links or [""] * len(self.rows)
        cells = (list(zip(self.columns, row, strict=True)) for row in self.rows)
        return list(zip(links, cells, strict=True))

    def as_csv(self) -> str:
        out = io.StringIO()
        write = csv.writer(out)
        write.writerow([column.key for column in self.columns])
        write.writerows([[_plain(cell) for cell in row] for row in self.rows])
        return out.getvalue()

    def download(self, name: str) -> HttpResponse:
        return HttpResponse(
            "\ufeff" + self.as_csv(),  # without the mark Excel takes UTF-8 for what its country writes
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )


def _plain(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case date():
            return cell.isoformat()
        case str():
            return safe_cell(cell)
        case float():
            return round(cell, 4)
    return cell
