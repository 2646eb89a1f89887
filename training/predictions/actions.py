"""Verbs of predictions: ask about one picture, read its answer, clear what nobody fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects import policies
from projects.errors import Refusal
from projects.models import Project, User
from projects.policies import Action
from training import warm_server
from training.model_versions import queries, stored
from training.models import ModelVersion, Prediction

MOST_WAITING = 32  # of all projects: on two cores the last of them waits for some ten seconds


class Busy(Refusal):
    """So many wait that one more would not be answered in time."""

    status = 503
    code = "busy"


def ask(actor: User, project: Project, file: UploadedFile[Any], *, models: Sequence[int] | None = None) -> Prediction:
    """Puts a picture before the warm worker. models: ids; unasked, the current ones of all classes. Raises Refusal."""
    policies.require(actor, Action.LABEL, project)
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 2**20
        raise Refusal(_("The picture is larger than %(n)d MB.") % {"n": limit}, code="too_large", field="image")
    wanted = usable_models(project, models)
    must_have_room()
    prediction = Prediction(project=project, created_by=actor, asked=[model.pk for model in wanted])
    prediction.file.save("picture", file, save=False)
    prediction.save()
    transaction.on_commit(warm_server.start)
    return prediction


def must_have_room() -> None:
    """Raises Busy."""
    if Prediction.objects.filter(state=Prediction.State.WAITING).count() >= MOST_WAITING:
        raise Busy(_("The server is busy. Please try again in a moment."))


def usable_models(project: Project, ids: Sequence[int] | None) -> list[ModelVersion]:
    """Class models that can be asked together: those of these ids, or the current ones. Raises Refusal."""
    if ids is None:
        usable = [model for model in queries.current_models(project).values() if not stored.why_not(model)]
        if not usable:
            words = _("No class of this project has a model that can run: let Auto-label learn one first.")
            raise Refusal(words, code="no_models", field="models")
        return usable
    found = list(queries.class_models(project).filter(pk__in=ids).select_related("label"))
    if not ids or len(found) != len(set(ids)):
        raise Refusal(_("Name one or more class models of this project."), field="models")
    if len({model.label_id for model in found}) < len(found):
        raise Refusal(_("Name one model of each class."), field="models")
    for model in found:
        if reason := stored.why_not(model):
            words = _("“%(name)s” cannot run. %(reason)s") % {"name": str(model), "reason": reason}
            raise Refusal(words, code="bad_model", field="models")
    return found


def withdraw(prediction: Prediction) -> None:
    """Removes a prediction with its picture: it was answered, or nobody waits any more."""
    if prediction.file:
        prediction.file.delete(save=False)
    prediction.delete()


def sweep() -> None:
    """Called every few seconds by whoever watches workers: nothing stays, and what waits finds a worker."""
    now = timezone.now()
    for left in Prediction.objects.filter(created_at__lt=now - timedelta(seconds=2 * settings.PREDICT_PATIENCE_S))[
        :100
    ]:
        withdraw(left)
    old = now - timedelta(seconds=settings.PREDICT_PATIENCE_S / 4)
    if Prediction.objects.filter(state=Prediction.State.WAITING, created_at__lt=old).exists():
        warm_server.start_again()
