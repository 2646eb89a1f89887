"""Verbs on many boxes: check who may and what is asked, do it at once where it is little, else ask a worker."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import queries
from annotations.bulk_edits import jobs, preview
from annotations.bulk_edits.choice import MOST, Choice
from annotations.bulk_edits.preview import Preview
from annotations.bulk_edits.selection import reachable
from annotations.locking import BATCH
from annotations.models import BulkEdit
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Project, User
from projects.policies import Action

Kind, State, Step = BulkEdit.Kind, BulkEdit.State, BulkEdit.Step
NEEDS = {
    Kind.RELABEL: Action.LABEL,
    Kind.DELETE: Action.LABEL,
    Kind.SEND_BACK: Action.REVIEW,
    Kind.MERGE: Action.CLASSES,
}


def look(actor: User, project: Project, choice: Choice) -> Preview:
    """What `start` would do."""
    _check(actor, project, choice)
    found = preview.preview(actor, project, choice)
    if choice.kind != Kind.MERGE:
        return found
    source, target = (queries.get_class(project, pk) for pk in (choice.label or 0, choice.to or 0))
    return Preview(found.boxes, found.images, found.beyond, preview.of_merge(source, target))


def start(actor: User, project: Project, choice: Choice) -> BulkEdit:
    """Changes up to 200 boxes at once, and asks a worker for more, and for every merge. Raises Conflict while another
    large change of the project is under way.
    """
    _check(actor, project, choice)
    total = reachable(actor, project, choice).count()
    if not total and choice.kind != Kind.MERGE:
        raise Refusal(_("There are no such boxes that you may change."), code="no_boxes")
    choice = replace(
        choice, name=project.classes.filter(pk=choice.label or 0).values_list("name", flat=True).first() or ""
    )
    edit = BulkEdit(project=project, kind=choice.kind, choice=choice.stored(), total=total, created_by=actor)
    at_once = total <= BATCH and choice.kind != Kind.MERGE
    with transaction.atomic():
        _lock(project)
        _queue(edit, at_once=at_once)
    return _begun(edit, at_once=at_once)


def undo(actor: User, edit: BulkEdit) -> BulkEdit:
    """Takes a change back; boxes that somebody changed since stay as they are. Raises Conflict."""
    _require_own(actor, edit)
    with transaction.atomic():
        _lock(edit.project)
        edit.refresh_from_db(fields=["state", "undone_at", "count"])
        if not edit.is_undoable:
            raise Conflict(_("This change cannot be undone (any more)."), code="not_undoable")
        edit.step, edit.state, edit.undone_by, edit.attempts, edit.problem = Step.UNDO, State.QUEUED, actor, 0, ""
        at_once = edit.count <= BATCH and edit.kind != Kind.MERGE
        _queue(edit, at_once=at_once)
    return _begun(edit, at_once=at_once)


def retry(actor: User, edit: BulkEdit) -> BulkEdit:
    """Goes on with one that failed or was cancelled, at the step where it was. Raises Conflict."""
    _require_own(actor, edit)
    with transaction.atomic():
        _lock(edit.project)
        edit.refresh_from_db(fields=["state", "step", "count"])
        if edit.state not in (State.FAILED, State.CANCELLED):
            raise Conflict(_("Only what failed or was cancelled can be tried again."), code="not_retriable")
        edit.state, edit.attempts, edit.problem, edit.done = State.QUEUED, 0, "", edit.count
        _queue(edit, at_once=False)
        audit.record(actor, "boxes.change_retried", edit, project=edit.project, kind=edit.kind)
    return edit


def cancel(actor: User, edit: BulkEdit) -> BulkEdit:
    """Its worker stops within seconds: what is changed already stays, and can be undone. What has ended stays as it
    is.
    """
    _require_own(actor, edit)
    live = BulkEdit.objects.filter(pk=edit.pk, state__in=BulkEdit.OPEN)
    live.update(state=State.CANCELLED, updated_at=timezone.now())
    edit.refresh_from_db(fields=["state"])
    return edit


def _lock(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _queue(edit: BulkEdit, *, at_once: bool) -> None:
    others = BulkEdit.objects.filter(project=edit.project_id, state__in=BulkEdit.OPEN).exclude(pk=edit.pk)
    if not at_once and others.exists():
        raise Conflict(_("Another change of many boxes is under way in this project."), code="busy")
    edit.save()
    if not at_once:
        edit.enqueue()


def _begun(edit: BulkEdit, *, at_once: bool) -> BulkEdit:
    if at_once:  # were this process to end here, the sweep would find it in the queue
        jobs.run_step(edit.pk)
        edit.refresh_from_db()
    return edit


def _require_own(actor: User, edit: BulkEdit) -> None:
    """What one did oneself is one's own to take back; another's is a reviewer's, and a merge is whoever's may merge."""
    policies.require(actor, NEEDS[Kind(edit.kind)], edit.project)
    policies.require_own(actor, edit.created_by_id, edit.project, others=Action.REVIEW)


def _check(actor: User, project: Project, choice: Choice) -> None:
    policies.require(actor, NEEDS[Kind(choice.kind)], project)
    known = set(project.classes.values_list("pk", flat=True))
    for field, pk in (("class", choice.label), ("to", choice.to)):
        if pk is not None and pk not in known:
            raise Refusal(_("This project has no class %(id)s.") % {"id": pk}, field=field)
    if len(choice.boxes) > MOST:
        raise Refusal(_("Name at most %(n)d boxes.") % {"n": MOST}, field="boxes")
    if choice.label is None and not choice.boxes:
        raise Refusal(_("Name a class, or boxes."), field="class")
    if choice.kind in (Kind.RELABEL, Kind.MERGE) and (choice.to is None or choice.to == choice.label):
        raise Refusal(_("Name the class that the boxes get."), field="to")
    if choice.kind == Kind.MERGE and (choice.label is None or choice.boxes or choice.images or choice.filter):
        raise Refusal(_("A class is merged as a whole."), field="class")
    if choice.kind == Kind.SEND_BACK and not choice.comment.strip():
        raise Refusal(_("Say what is to be mended."), field="comment")
