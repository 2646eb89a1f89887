"""The page that lays two versions of a class model side by side; which two stands in its address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotations.models import LabelClass
from projects.models import Project
from projects.web.page import open_project
from training.analysis import comparison
from training.model_versions import queries
from training.models import ModelVersion

OFFERED = 100


@login_required
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """`?b=`: a model; `?a=`: another of its class, else the class's current one, else the one made before."""
    project, context = open_project(request, pk, "models")
    b = _asked(request, project, "b")
    label = b.label if b else None
    versions = list(label.models.order_by("-id")[:OFFERED]) if label else []
    a = _asked(request, project, "a") or (_partner(label, b) if label and b else None)
    context |= {"a": a, "b": b, "versions": versions, "crumb": _("Compare models")}
    if a and b and a.label_id == b.label_id and a != b:
        context |= {"figures": comparison.measures(a.metrics, b.metrics), "facts": _facts(a, b)}
    return render(request, "training/model_compare.html", context)


def _asked(request: HttpRequest, project: Project, name: str) -> ModelVersion | None:
    pk = request.GET.get(name, "")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return queries.class_models(project).select_related("label", "run").filter(pk=pk).first()


def _partner(label: LabelClass, b: ModelVersion) -> ModelVersion | None:
    current = queries.current_model(label)
    return (
        current if current != b else label.models.filter(pk__lt=b.pk).first() or label.models.exclude(pk=b.pk).first()
    )


def _facts(a: ModelVersion, b: ModelVersion) -> list[tuple[str, Any, Any, str]]:
    """What both were made from and how they decide: name, the two values, and how they are shown."""
    thorough = {"fast": _("fast"), "best": _("best")}
    return [
        (_("Boxes learned from"), a.shots, b.shots, "plain"),
        (_("Suggested from"), *(one.metrics.get("threshold_review") for one in (a, b)), "percent"),
        (_("Sure from"), *(_sure_from(one) for one in (a, b)), "percent"),
        (_("Thoroughness"), *(thorough.get(str(one.details.get("budget")), "–") for one in (a, b)), "plain"),
        (_("Made"), a.created_at, b.created_at, "when"),
    ]


def _sure_from(model: ModelVersion) -> float | None:
    """None where nothing is accepted unseen."""
    auto = model.metrics.get("threshold_auto")
    return auto if isinstance(auto, float) and auto < 1 else None
