"""Images that the gallery's tests narrow and change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import Complete
from projects.models import Image, Project
from tests import factories


@pytest.fixture
def world(project: Project) -> dict[str, Any]:
    """Five images: a has a drawn box, b a waiting suggestion, c is complete, d is large, old and assigned, e copies a,
    and b looks like it.
    """
    label, other = factories.make_class(project, name="fox"), factories.make_class(project, name="owl")
    found: dict[str, Any] = {name: factories.make_image(project, name=f"{name}.jpg") for name in "abcd"}
    second = project.datasets.create(name="Second")
    found["e"] = factories.make_image(project, name="e.jpg", dataset=second)
    Image.objects.filter(pk=found["e"].pk).update(sha256=found["a"].sha256)
    Image.objects.filter(name__in=["a.jpg", "b.jpg", "e.jpg"]).update(group=found["a"].pk, compared=True)
    factories.make_box(found["a"], label)
    factories.make_suggestion(found["b"], label, probability=0.6)
    factories.make_suggestion(found["c"], label, probability=0.9, state="accepted")
    Complete.objects.create(image=found["c"], label=other)
    worker = factories.make_member(project, "annotator")
    day = timezone.now() - timedelta(days=40)
    Image.objects.filter(pk=found["d"].pk).update(width=4000, height=3000, created_at=day, assignee=worker)
    return found | {"label": label, "other": other, "second": second, "worker": worker}
