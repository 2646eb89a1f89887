"""The parameters of a prediction: class models that can look at images together."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from projects.errors import Refusal
from projects.models import Image, Project
from training.model_versions import stored
from training.models import ModelVersion

QUICK = 200  # images: so many take a minute on two cores, and somebody may wait for them


def models_of(project: Project, ids: Sequence[int]) -> list[ModelVersion]:
    """The class models of these ids. Raises Refusal where one is not the project's, or they cannot run together."""
    found = list(
        ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.FEWSHOT, pk__in=ids)
        .select_related("label")
        .order_by("label", "id")
    )
    if not ids or len(found) != len(set(ids)):
        raise Refusal(_("Name one or more class models of this project."), field="models")
    for model in found:
        if reason := stored.why_not(model):
            words = {"name": str(model), "reason": reason}
            raise Refusal(_("“%(name)s” cannot run. %(reason)s") % words, code="bad_model", field="models")
    if len({model.label_id for model in found}) < len(found):
        raise Refusal(_("Name one model of each class."), field="models")
    if len({stored.setting_of(model) for model in found}) > 1:
        raise Refusal(
            _("These models were made with different thoroughness or encoders: run them one after another."),
            field="models",
        )
    return found


def added_since(models: Sequence[ModelVersion], scope: QuerySet[Image]) -> list[int]:
    """Images that came after the newest of the models was made. Raises Refusal where there are none."""
    newest = max(model.created_at for model in models)
    images = list(scope.filter(created_at__gt=newest).order_by("id").values_list("id", flat=True))
    if not images:
        raise Refusal(_("No image was added since this model was made."), code="no_images", field="images")
    return images
