"""Verbs on many suggestions at once: the review wall, the sure ones of a run, the undo of a run, and what a run stores."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.boxes.actions import box_of
from annotations.boxes.payloads import suggestion_row
from annotations.history import save_history
from annotations.locking import BATCH, lock_images
from annotations.models import Box, BoxHistory, LabelClass, Suggestion, SuggestionBatch
from labelhub.live.notify import project_group, wake_on_commit
from projects import audit, policies
from projects.errors import Refused, StaleVersion
from projects.models import Project, User
from projects.policies import Action

State, Verb = Suggestion.State, BoxHistory.Verb
Seen = tuple[int, int]  # a suggestion's id, and the version of it that the person saw


@transaction.atomic
def accept(actor: User, project: Project, items: Sequence[Seen]) -> list[Box]:
    """Makes boxes of suggestions as they are. Raises StaleVersion (with the current rows) if any was decided meanwhile."""
    policies.require(actor, Action.REVIEW, project)
    return _accept(actor, project, _locked(project, items, state=State.PENDING))


@transaction.atomic
def relabel(actor: User, project: Project, items: Sequence[Seen], label: int) -> list[Box]:
    """Makes boxes of suggestions, of another class than the run believed in."""
    policies.require(actor, Action.REVIEW, project)
    wanted = project.classes.filter(pk=label).first()
    if wanted is None:
        raise Refused(_("This project has no class %(id)s.") % {"id": label}, field="class")
    return _accept(actor, project, _locked(project, items, state=State.PENDING), label=wanted)


@transaction.atomic
def reject(actor: User, project: Project, items: Sequence[Seen]) -> list[Suggestion]:
    """Says that suggestions are no objects of their class; the next run takes them as negatives."""
    policies.require(actor, Action.REVIEW, project)
    found = _locked(project, items, state=State.PENDING)
    images = lock_images({suggestion.image_id for suggestion in found})
    _mark(found, State.REJECTED, actor)
    save_history(project.pk, [history.of_suggestion(actor, Verb.REJECTED, images[s.image_id], s) for s in found])
    return found


@transaction.atomic
def reopen(actor: User, project: Project, items: Sequence[Seen]) -> list[Suggestion]:
    """Takes decisions back: the box that came of an accepted suggestion goes, both wait for review again."""
    policies.require(actor, Action.REVIEW, project)
    found = _locked(project, items, state=None)
    images = lock_images({suggestion.image_id for suggestion in found})
    rows = [history.of_suggestion(actor, Verb.RECONSIDERED, images[s.image_id], s) for s in found]
    boxes = Box.objects.filter(suggestion__in=found).select_related("label")
    rows += [history.of_box(actor, Verb.DELETED, images[box.image_id], box) for box in boxes]
    save_history(project.pk, rows)
    boxes.delete()
    _mark(found, State.PENDING, None)
    return found


def accept_sure(actor: User, project: Project, batch: SuggestionBatch, *, min_probability: float | None = None) -> int:
    """Accepts what a run calls sure (or is at least `min_probability`), in small transactions; returns how many."""
    policies.require(actor, Action.REVIEW, project)
    waiting = batch.suggestions.filter(state=State.PENDING)
    chosen = waiting.filter(sure=True) if min_probability is None else waiting.filter(probability__gte=min_probability)
    return sum(len(part) for part in _in_batches(chosen, lambda found: _accept(actor, project, found, unseen=True)))


def accept_some(actor: User, project: Project, chosen: QuerySet[Suggestion]) -> list[Suggestion]:
    """Accepts the best 200 of `chosen`, which nobody looks at: whoever wants all of them calls until none is left."""
    policies.require(actor, Action.REVIEW, project)
    with transaction.atomic():
        waiting = chosen.filter(state=State.PENDING, image__project=project).select_for_update(of=("self",))
        found = list(waiting.select_related("label").order_by("-probability", "pk")[:BATCH])
        if found:
            _accept(actor, project, found, unseen=True)
    return found


def withdraw_batch(actor: User, batch: SuggestionBatch) -> dict[str, int]:
    """Undoes a run as one: what waits is withdrawn, boxes accepted as they were and not touched since go; people's work stays.

    Returns {"withdrawn": n, "boxes": n}. Safe to call again.
    """
    policies.require(actor, Action.RUN, batch.project)
    untouched = batch.suggestions.filter(
        state=State.ACCEPTED, box__x1=F("x1"), box__y1=F("y1"), box__x2=F("x2"), box__y2=F("y2"), box__label=F("label")
    )
    boxes = sum(len(part) for part in _in_batches(untouched, lambda found: _unmake(actor, batch.project, found)))
    withdrawn = sum(
        len(part)
        for part in _in_batches(batch.suggestions.filter(state=State.PENDING), lambda found: _withdraw(actor, found))
    )
    with transaction.atomic():
        SuggestionBatch.objects.filter(pk=batch.pk).update(withdrawn_at=timezone.now())
        wake_on_commit(project_group(batch.project_id))
        audit.record(actor, "run.undone", batch.pk, project=batch.project, withdrawn=withdrawn, boxes=boxes)
    return {"withdrawn": withdrawn, "boxes": boxes}


def store_suggestions(rows: Iterable[Suggestion]) -> int:
    """Writes a run's suggestions, at most 200 rows a transaction so that people's saves never wait."""
    stored = 0
    rows = iter(rows)
    while part := list(islice(rows, BATCH)):
        with transaction.atomic():
            Suggestion.objects.bulk_create(part)
            wake_on_commit(project_group(part[0].batch.project_id))
        stored += len(part)
    return stored


def _locked(project: Project, items: Sequence[Seen], *, state: str | None) -> list[Suggestion]:
    if not items or len(items) > BATCH:
        raise Refused(_("Name 1 to %(n)d suggestions at once.") % {"n": BATCH}, field="items")
    seen = dict(items)
    found = list(
        Suggestion.objects.select_for_update(of=("self",))
        .filter(pk__in=seen, image__project=project)
        .select_related("label")
        .order_by("pk")
    )
    if len(found) != len(seen):
        raise Refused(_("Some of these suggestions are not in this project."), field="items")
    if any(s.version != seen[s.pk] or (state and s.state != state) for s in found):
        raise StaleVersion([suggestion_row(s) for s in found])
    return found


def _in_batches(chosen: QuerySet[Suggestion], act: Any) -> Iterator[list[Any]]:
    """Runs `act` on the rows of `chosen`, 200 a transaction, until none is left; `act` must take them out of `chosen`."""
    while True:
        with transaction.atomic():
            part = list(chosen.select_for_update(of=("self",)).select_related("label").order_by("pk")[:BATCH])
            if not part:
                return
            act(part)
        yield part


def _accept(
    actor: User, project: Project, found: list[Suggestion], *, label: LabelClass | None = None, unseen: bool = False
) -> list[Box]:
    images = lock_images({suggestion.image_id for suggestion in found})
    boxes = [box_of(suggestion, actor) for suggestion in found]
    for box in boxes:
        box.id = uuid.uuid4()
        box.label = label or box.label
    Box.objects.bulk_create(boxes)
    for suggestion, box in zip(found, boxes, strict=True):
        suggestion.box = box
        suggestion.unseen = unseen
    _mark(found, State.ACCEPTED, actor)
    save_history(project.pk, [history.of_box(actor, Verb.ACCEPTED, images[box.image_id], box) for box in boxes])
    return boxes


def _unmake(actor: User, project: Project, found: list[Suggestion]) -> None:
    images = lock_images({suggestion.image_id for suggestion in found})
    boxes = Box.objects.filter(suggestion__in=found).select_related("label")
    save_history(project.pk, [history.of_box(actor, Verb.DELETED, images[box.image_id], box) for box in boxes])
    boxes.delete()
    _mark(found, State.WITHDRAWN, actor)


def _withdraw(actor: User | None, found: list[Suggestion]) -> None:
    lock_images({suggestion.image_id for suggestion in found})
    _mark(found, State.WITHDRAWN, actor)


def _mark(found: Sequence[Suggestion], state: str, actor: User | None) -> None:
    now = timezone.now() if actor else None
    for suggestion in found:
        suggestion.state, suggestion.decided_by, suggestion.decided_at = state, actor, now
        suggestion.version += 1
        if state != State.ACCEPTED:
            suggestion.box, suggestion.unseen = None, False
    Suggestion.objects.bulk_update(
        found, ["state", "decided_by", "decided_at", "version", "box", "unseen"], batch_size=BATCH
    )
