"""What pages tell of automatic labelling."""

from __future__ import annotations

from typing import Any

from projects.models import Project
from training.model_versions import queries
from training.models import AutomaticLabelling


def automatic_of(project: Project) -> dict[str, Any]:
    """Who switched it on, if anybody; and whether there is a model to look with."""
    row = AutomaticLabelling.objects.filter(project=project).select_related("by").first()
    return {"automatic": row, "has_models": queries.class_models(project).exists()}
