"""What a run or a model is worth on the test split, as tables of pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from training.models import ModelVersion, Run
from training.protocol.measured import SIZES, measurable

COMPARED = ("ap", "ap50", "ap75", "recall")


def of_run(run: Run, colors: Mapping[int, str]) -> list[dict[str, Any]]:
    """A table for the class models, and one for the detector that was trained or run; none where nothing was
    measured.
    """
    found = run.result.get("test") or {}
    words = {"models": _("Class models"), "detector": _("Detector")}
    return [
        {"title": words[name], "images": found["images"], "rows": rows(found[name], colors)}
        for name in words
        if name in found
    ]


def of_model(model: ModelVersion, colors: Mapping[int, str]) -> list[dict[str, Any]]:
    """The same for one version; `run` measured it last."""
    found = model.metrics.get("test")
    if not found:
        return []
    return [{"title": "", "images": found["images"], "run": found["run"], "rows": rows(found, colors)}]


def rows(part: Mapping[str, Any], colors: Mapping[int, str]) -> list[dict[str, Any]]:
    """Classes together where there are several, base and novel ones where a detector kept its base, then each class."""
    words = {"combined": _("All classes"), "base": _("Base classes"), "novel": _("Novel classes")}
    many = len(part["classes"]) > 1
    together = [_row(words[name], part[name]) for name in words if many and name in part and part[name]["boxes"]]
    each = part["classes"] or [part["combined"]]
    return together + [_row(one.get("name", ""), one, colors.get(one.get("id", 0), "")) for one in each]


def _row(name: str, figures: Mapping[str, Any], color: str = "") -> dict[str, Any]:
    words = {"small": _("Small"), "medium": _("Medium"), "large": _("Large")}
    sizes = [{"name": words[size], "value": figures[f"ap_{size}"], "boxes": figures[size]} for size in SIZES]
    return {"name": name, "color": color, "measurable": measurable(figures), "figures": figures, "sizes": sizes}  # type: ignore[arg-type]


# --- two runs ---------------------------------------------------------------------------------------------------------
def compared(a: Run, b: Run, colors: Mapping[int, str]) -> dict[str, Any]:
    """What both measured: each row with both runs' figures and the difference in points; `alike`: on the same images
    and boxes. Empty where one of them measured nothing.
    """
    first, second = a.result.get("test"), b.result.get("test")
    if not first or not second:
        return {}
    tables = []
    for ours in of_run(a, colors):
        theirs = next((one for one in of_run(b, colors) if one["title"] == ours["title"]), None)
        others = {row["name"]: row for row in theirs["rows"]} if theirs else {}
        pairs = [_pair(row, others[row["name"]]) for row in ours["rows"] if row["name"] in others]
        if pairs:
            tables.append({"title": ours["title"], "rows": pairs})
    return {"tables": tables, "alike": first["truth"] == second["truth"]} if tables else {}


def _pair(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    cells = [_difference(ours["figures"].get(name), theirs["figures"].get(name)) for name in COMPARED]
    return {
        **ours,
        "measurable": ours["measurable"] and theirs["measurable"],
        "other": theirs["figures"],
        "cells": cells,
    }


def _difference(a: float | None, b: float | None) -> dict[str, Any]:
    return {"a": a, "b": b, "points": None if a is None or b is None else round(100 * (b - a), 1)}
