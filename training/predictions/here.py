"""Class models look at one image of the project, from the warm worker: suggestions come, without a run for each
look.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.models import SuggestionBatch
from annotations.review.actions import replace, store_suggestions
from projects import policies
from projects.errors import Refusal
from projects.models import Image, User
from projects.policies import Action
from training import warm_server
from training.models import ModelVersion, Prediction
from training.predictions import actions
from training.runner.merging import Arrival, merge
from training.scope import learnable


def look(actor: User, image: Image, *, models: Sequence[int] | None = None) -> Prediction:
    """Puts an image before the warm worker. models: ids; unasked, the current ones of all classes. Raises Refusal."""
    policies.require(actor, Action.RUN, image.project)
    if not learnable(image.project).filter(pk=image.pk).exists():
        words = _("These images are in the test split, where runs are measured and suggest nothing.")
        raise Refusal(words, code="test_split", field="images")
    wanted = actions.usable_models(image.project, models)
    actions.must_have_room()
    prediction = Prediction.objects.create(
        project=image.project, image=image, created_by=actor, asked=[model.pk for model in wanted]
    )
    transaction.on_commit(warm_server.start)
    return prediction


@transaction.atomic
def store(prediction: Prediction) -> int:
    """Keeps what was answered as suggestions of the image, as a run's are kept; how many are new."""
    models = {one.label_id: one for one in ModelVersion.objects.filter(pk__in=prediction.asked).defer("metrics")}
    arrivals = [
        Arrival.of(prediction.image_id or 0, row, _boxes_of(models[row["class_id"]]))
        for row in prediction.answer["suggestions"] if row["class_id"] in models
    ]  # fmt: skip
    if not arrivals:
        return 0
    name = ", ".join(sorted(map(str, models.values())))[:100]
    batch = SuggestionBatch.objects.create(
        project_id=prediction.project_id, created_by_id=prediction.created_by_id, model=name
    )
    merged = merge(batch, arrivals)
    if not merged.fresh:
        batch.delete()
        return 0
    store_suggestions(merged.fresh)
    replace(merged.replaced)
    return len(merged.fresh)


def _boxes_of(model: ModelVersion) -> dict[int, str]:
    """People's boxes by the numbers that the model has for them."""
    return {int(number): name for number, name in (model.details.get("boxes") or {}).items()}
