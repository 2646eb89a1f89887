"""Click to box: a person clicks an object in an image of the project, and the warm worker answers with its box."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotations import named
from projects import policies
from projects.errors import Refusal
from projects.models import Image, User
from projects.policies import Action
from training import warm_server
from training.model_versions import queries, stored
from training.models import Prediction
from training.predictions import actions
from training.protocol.serving import CLICK, READY


def ask(actor: User, image: Image, *, point: tuple[float, float] | None, class_id: int | None) -> Prediction:
    """Puts a click, or without a point an image that clicks will come in, before the warm worker. Raises Refusal.

    Who may draw may ask; whether the image is theirs to draw in is asked when the box is saved. point: pixels of the
    upright image.
    """
    policies.require(actor, Action.LABEL, image.project)
    if point and not (0 <= point[0] <= image.width and 0 <= point[1] <= image.height):
        raise Refusal(_("The point lies outside of the image."), field="point")
    actions.must_have_room()
    prediction = Prediction.objects.create(
        project=image.project, image=image, created_by=actor, asked=_models_of(image, class_id),
        question={"kind": CLICK if point else READY, "point": point},
    )  # fmt: skip
    transaction.on_commit(warm_server.start)
    return prediction


def _models_of(image: Image, class_id: int | None) -> list[int]:
    """The class's current model, where there is one that can run: without it there are boxes of no class."""
    if class_id is None:
        return []
    [label] = named.classes(image.project, [class_id], field="class")
    model = queries.current_model(label)
    return [model.pk] if model and not stored.why_not(model) else []
