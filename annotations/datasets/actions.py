"""Verbs on whole datasets: check who may, in both projects where there are two, and do it, or have a worker do it."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.datasets import jobs, preview
from annotations.datasets.choice import MOST, Choice, images_of
from annotations.datasets.preview import Preview
from annotations.locking import BATCH
from annotations.models import DatasetChange
from projects import policies
from projects.actions import create_dataset
from projects.errors import Conflict, Refusal
from projects.models import Dataset, Project, User
from projects.policies import Action

Kind, State, Step = DatasetChange.Kind, DatasetChange.State, DatasetChange.Step
ACROSS = (Kind.MOVE, Kind.COPY)


def look(actor: User, project: Project, choice: Choice) -> Preview:
    """What `start` would do. Raises as it does."""
    return preview.preview(actor, project, choice, _check(actor, project, choice))


def start(actor: User, project: Project, choice: Choice) -> DatasetChange:
    """Changes up to 200 images at once, and asks a worker for more. Raises Refusal, Forbidden, Http404, and Conflict
    while another change of the project's datasets is under way.
    """
    _check(actor, project, choice)
    total = images_of(actor, project, choice).count()
    if not total:
        raise Refusal(_("There are no such images."), code="no_images")
    with transaction.atomic():
        _alone(project)
        if choice.kind == Kind.SPLIT and choice.to is None:
            choice = replace(choice, to=create_dataset(actor, project, name=choice.name).pk)
        change = DatasetChange(project=project, kind=choice.kind, choice=choice.stored(), total=total, created_by=actor)
        at_once = _queue(change, total)
    return _begun(change, at_once=at_once)


def undo(actor: User, change: DatasetChange) -> DatasetChange:
    """Takes a change back; images that somebody changed or moved since stay as they are. Raises Conflict."""
    _require(actor, change)
    with transaction.atomic():
        _alone(change.project)
        change.refresh_from_db(fields=["state", "undone_at", "count"])
        if not change.is_undoable:
            raise Conflict(_("This change cannot be undone (any more)."), code="not_undoable")
        change.step, change.state, change.undone_by, change.attempts = Step.UNDO, State.QUEUED, actor, 0
        change.problem = ""
        at_once = _queue(change, change.count)
    return _begun(change, at_once=at_once)


def retry(actor: User, change: DatasetChange) -> DatasetChange:
    """Goes on with one that failed or was cancelled, at the step where it was. Raises Conflict."""
    _require(actor, change)
    with transaction.atomic():
        _alone(change.project)
        change.refresh_from_db(fields=["state", "step"])
        if change.state not in (State.FAILED, State.CANCELLED):
            raise Conflict(_("Only what failed or was cancelled can be tried again."), code="not_retriable")
        change.state, change.attempts, change.problem, change.done = State.QUEUED, 0, "", 0
        _queue(change, BATCH + 1)
    return change


def cancel(actor: User, change: DatasetChange) -> DatasetChange:
    """Its worker stops within seconds: what is changed already stays, and can be undone. What has ended stays as it
    is.
    """
    _require(actor, change)
    live = DatasetChange.objects.filter(pk=change.pk, state__in=DatasetChange.OPEN)
    live.update(state=State.CANCELLED, updated_at=timezone.now())
    change.refresh_from_db(fields=["state"])
    return change


def _alone(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if DatasetChange.objects.filter(project=project, state__in=DatasetChange.OPEN).exists():
        raise Conflict(_("Another change of this project's datasets is under way."), code="busy")


def _queue(change: DatasetChange, size: int) -> bool:
    """Whether it is to be done at once; else a worker is asked."""
    change.save()
    if size > BATCH:
        change.enqueue()
    return size <= BATCH


def _begun(change: DatasetChange, *, at_once: bool) -> DatasetChange:
    if at_once:  # were this process to end here, the sweep would find it in the queue
        jobs.run_step(change.pk)
        change.refresh_from_db()
    return change


def _require(actor: User, change: DatasetChange) -> None:
    target = Dataset.objects.filter(pk=change.choice["to"] or 0).select_related("project").first()
    _require_both(actor, Kind(change.kind), change.project, target)


def _require_both(actor: User, kind: DatasetChange.Kind, project: Project, target: Dataset | None) -> None:
    """What takes images out of a project is its owner's; what brings some in is whoever may upload and label there."""
    policies.require(actor, Action.READ if kind == Kind.COPY else Action.MANAGE, project)
    if kind in ACROSS and target is not None:
        for action in (Action.UPLOAD, Action.LABEL):
            policies.require(actor, action, target.project)


def _check(actor: User, project: Project, choice: Choice) -> Dataset | None:
    """The dataset that the images get into, None for one that is to be made, or where they stay."""
    kind = Kind(choice.kind)
    target = Dataset.objects.filter(pk=choice.to or 0).select_related("project").first()
    _require_both(actor, kind, project, target)
    if len(choice.images) > MOST:
        raise Refusal(_("Name at most %(n)d images.") % {"n": MOST}, field="images")
    known = project.datasets.filter(pk__in=choice.datasets).count()
    if known < len(set(choice.datasets)):
        raise Refusal(_("These datasets are not all of one project."), field="datasets")
    if kind == Kind.COPIES:
        return None
    if target is None:
        if kind != Kind.SPLIT or not choice.name.strip():
            raise Refusal(_("Name the dataset that the images get into."), field="to")
        return None
    if kind in ACROSS and (target.project_id == project.pk or target.project.deleted_at is not None):
        raise Refusal(_("Name a dataset of another project."), field="to")
    if kind not in ACROSS and target.project_id != project.pk:
        raise Refusal(_("This dataset is not of this project."), field="to")
    if kind == Kind.MERGE and not set(choice.datasets) - {target.pk}:
        raise Refusal(_("Choose the datasets that become one with it."), field="datasets")
    return target
