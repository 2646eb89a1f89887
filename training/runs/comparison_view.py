"""The page that compares two runs; which two stands in its address."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from projects.models import Project
from projects.web.page import open_project, page_of
from training.analysis import comparison, measured_figures
from training.models import Run
from training.runs import queries

OFFERED = 100
CHANGES_AT_ONCE = 36


@login_required
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "runs")
    runs = list(queries.comparable_runs(request.user, project)[:OFFERED])
    b = _asked(request, project, "b", runs[0] if runs else None)
    a = _asked(request, project, "a", comparison.partner(runs, b) if b else None)
    context |= {"runs": _with(runs, a, b), "a": a, "b": b, "crumb": _("Compare runs"), "data": {"curves": []}}
    if a and b and a.pk != b.pk:
        context |= _compared(request, project, a, b)
    return render(request, "training/compare.html", context)


def _asked(request: HttpRequest, project: Project, name: str, otherwise: Run | None) -> Run | None:
    """The run that the address names, else the one offered; nothing for a run of another project, or one without
    suggestions.
    """
    pk = request.GET.get(name, "")
    if not pk:
        return otherwise
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return queries.comparable_runs(request.user, project).filter(pk=pk).first()


def _with(runs: list[Run], *chosen: Run | None) -> list[Run]:
    """The runs to choose from, older ones that are chosen too."""
    known = {run.pk for run in runs}
    return runs + [run for run in dict.fromkeys(chosen) if run and run.pk not in known]


def _compared(request: HttpRequest, project: Project, a: Run, b: Run) -> dict[str, Any]:
    labels = list(project.classes.all())
    colors = {label.pk: label for label in labels}
    first, second, cut = comparison.comparable(comparison.found_by(a, b), comparison.found_by(b, a))
    found = comparison.changes(first, second)
    counts = Counter(change.kind for change in found)
    words = {
        "only_a": _("Only in #%(n)d") % {"n": a.number},
        "only_b": _("Only in #%(n)d") % {"n": b.number},
        "moved": _("Moved"),
        "score": _("Probability changed"),
    }
    kind = request.GET.get("kind", "")
    if kind not in words:
        kind = next((name for name in comparison.KINDS if counts[name]), comparison.KINDS[0])
    page = page_of(request, [change for change in found if change.kind == kind], CHANGES_AT_ONCE)
    figures = comparison.figures(a, b, labels)
    return {
        "figures": figures,
        "measured": measured_figures.compared(a, b, {label.pk: label.color for label in labels}),
        "heads": ["AP", "AP50", "AP75", _("Recall")],
        "kinds": [(name, words[name], counts[name]) for name in comparison.KINDS],
        "kind": kind,
        "page": page,
        "rows": [{"change": change, "label": colors.get(change.shown.label)} for change in page],
        "cut": cut,
        "totals": (len(first), len(second)),
        "data": {
            "runs": [a.number, b.number],
            "curves": [
                {"id": one["label"].pk, "a": one["a"], "b": one["b"]} for one in figures if one["a"] or one["b"]
            ],
            "losses": [(run.result.get("curves") or {}) for run in (a, b)],
        },
    }
