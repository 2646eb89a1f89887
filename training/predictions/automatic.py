"""New images are looked through by the current models of their project's classes, where the project says so.

Nobody calls this when an image comes: the sweep looks every few seconds, and waits until no more come. So many uploads
make one run.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from projects import audit, policies
from projects.errors import Refusal
from projects.models import Image, Import, Project, User
from projects.policies import Action
from training.model_versions import queries, stored
from training.models import AutomaticLabelling, Run
from training.runs.actions import start_run

log = logging.getLogger(__name__)

QUIET_S = 10.0  # without a new image; then a batch of uploads is whole
LONGEST_S = 300.0  # that the first of many images waits, however many still come
MOST = 2000  # images of one run; the next look takes the others


@transaction.atomic
def switch_on(actor: User, project: Project) -> AutomaticLabelling:
    """From the next image on; those that are there are left alone. Safe to call again."""
    policies.require(actor, Action.MANAGE, project)
    found, made = AutomaticLabelling.objects.get_or_create(
        project=project, defaults={"by": actor, "seen": _newest(project) or 0}
    )
    if made:
        audit.record(actor, "automatic_labelling.on", project, project=project)
    return found


@transaction.atomic
def switch_off(actor: User, project: Project) -> None:
    """Runs that were started already go on. Safe to call again."""
    policies.require(actor, Action.MANAGE, project)
    if AutomaticLabelling.objects.filter(project=project).delete()[0]:
        audit.record(actor, "automatic_labelling.off", project, project=project)


def sweep() -> None:
    """Called every few seconds by whoever watches workers; any number of callers may do so at once."""
    for pk in AutomaticLabelling.objects.order_by("pk").values_list("pk", flat=True):
        try:
            _look(pk)
        except Exception:  # one project's trouble is not another's
            log.exception("New images of a project could not be looked through.")


@transaction.atomic
def _look(pk: int) -> None:
    row = (
        AutomaticLabelling.objects.select_for_update(of=("self",)).select_related("project", "by").filter(pk=pk).first()
    )
    if row is None:
        return
    new = Image.objects.filter(project=row.project_id, pk__gt=row.seen).order_by("pk")
    images = list(new.values_list("pk", "created_at")[:MOST])
    if not images or _more_to_come(row.project, images):
        return
    row.seen = images[-1][0]
    row.save(update_fields=["seen"])
    for models in _groups(row.project):
        if row.pk:
            _start(row, models, [image for image, _at in images])


def _more_to_come(project: Project, images: list[tuple[int, Any]]) -> bool:
    now = timezone.now()
    if images[0][1] < now - timedelta(seconds=LONGEST_S):
        return False
    at_work = Import.objects.filter(dataset__project=project, state__in=(Import.State.QUEUED, Import.State.RUNNING))
    return images[-1][1] > now - timedelta(seconds=QUIET_S) or at_work.exists()


def _groups(project: Project) -> list[list[int]]:
    """The current models that can run, those together that can look at an image together."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for model in queries.current_models(project).values():
        if not stored.why_not(model):
            groups[stored.setting_of(model)].append(model.pk)
    return list(groups.values())


def _start(row: AutomaticLabelling, models: list[int], images: list[int]) -> None:
    try:
        start_run(row.by, row.project, kind=Run.Kind.PREDICT, models=models, images=images)
    except Refusal as error:  # deleted or completed meanwhile: there is nothing to do
        log.info("No automatic run in project %s: %s", row.project_id, error.detail)
    except (PermissionDenied, Http404):  # who switched it on left, or may start no runs any more
        row.delete()
        audit.record(None, "automatic_labelling.off", row.project, project=row.project)


def _newest(project: Project) -> int | None:
    newest: int | None = project.images.aggregate(newest=Max("pk"))["newest"]
    return newest
