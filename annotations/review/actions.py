"""Verbs on many suggestions at once: the review page's answers, the sure ones of a run, the undo of a run, and what a
run stores.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.boxes.payloads import suggestion_row, with_run
from annotations.geometry import XYXY, inside
from annotations.locking import BATCH, lock_images
from annotations.models import Box, LabelClass, Origin, Suggestion, SuggestionBatch
from annotations.unit_of_work import UnitOfWork, box_of
from labelhub.live.notify import project_group, wake_on_commit
from projects import audit, policies
from projects.errors import Refusal, StaleVersion
from projects.models import Image, Project, User
from projects.policies import Action

State = Suggestion.State
SeenSuggestion = tuple[int, int]  # a suggestion's id, and the version of it that the person saw
Corners = Mapping[int, XYXY]  # of suggestions, by id: what a person made of their corners
NOWHERE: Corners = MappingProxyType({})


@transaction.atomic
def accept(actor: User, project: Project, items: Sequence[SeenSuggestion], *, corners: Corners = NOWHERE) -> list[Box]:
    """Makes boxes of suggestions, as they are or with other `corners`.

    Raises StaleVersion (with the current rows) if any was decided meanwhile.
    """
    policies.require(actor, Action.REVIEW, project)
    return _accept(*_locked(actor, project, items, states=Suggestion.OPEN), corners=corners)


@transaction.atomic
def relabel(
    actor: User, project: Project, items: Sequence[SeenSuggestion], label: int, *, corners: Corners = NOWHERE
) -> list[Box]:
    """Makes boxes of suggestions, of another class than the run believed in."""
    policies.require(actor, Action.REVIEW, project)
    wanted = project.classes.filter(pk=label).first()
    if wanted is None:
        raise Refusal(_("This project has no class %(id)s.") % {"id": label}, field="class")
    return _accept(*_locked(actor, project, items, states=Suggestion.OPEN), label=wanted, corners=corners)


@transaction.atomic
def reject(actor: User, project: Project, items: Sequence[SeenSuggestion]) -> list[Suggestion]:
    """Says that suggestions are no objects of their class; the next run takes them as negatives."""
    policies.require(actor, Action.REVIEW, project)
    unit, found = _locked(actor, project, items, states=Suggestion.OPEN)
    return _each(unit, found, unit.reject)


@transaction.atomic
def reopen(actor: User, project: Project, items: Sequence[SeenSuggestion]) -> list[Suggestion]:
    """Takes decisions back: the box that came of an accepted suggestion goes, both wait for review again."""
    policies.require(actor, Action.REVIEW, project)
    unit, found = _locked(actor, project, items, states=None)
    return _each(unit, found, unit.reopen)


def accept_sure(actor: User, project: Project, batch: SuggestionBatch, *, min_probability: float | None = None) -> int:
    """Accepts what a run calls sure (or is at least `min_probability`), in small transactions; returns how many."""
    policies.require(actor, Action.REVIEW, project)
    waiting = batch.suggestions.filter(state=State.PENDING)
    chosen = waiting.filter(sure=True) if min_probability is None else waiting.filter(probability__gte=min_probability)
    return sum(_in_batches(actor, chosen, lambda unit, found: _accept(unit, found, unseen=True)))


def accept_some(actor: User, project: Project, chosen: QuerySet[Suggestion]) -> tuple[list[Suggestion], int]:
    """Accepts the best 200 of `chosen`, which nobody looks at, and says how many wait still: whoever wants all calls
    until none does.
    """
    policies.require(actor, Action.REVIEW, project)
    with transaction.atomic():
        waiting = chosen.filter(state=State.PENDING, image__project=project)
        unit, found = _lock(actor, waiting, waiting.order_by("-probability", "pk"))
        _accept(unit, found, unseen=True)
    return found, waiting.count()


def withdraw_batch(actor: User, batch: SuggestionBatch) -> dict[str, int]:
    """Undoes a run as one: what waits is withdrawn, boxes accepted as they were and not touched since go; people's work
    stays.

    Returns {"withdrawn": n, "boxes": n}. Safe to call again.
    """
    policies.require(actor, Action.RUN, batch.project)
    found = withdraw(actor, batch)
    audit.record(actor, "run.undone", batch.pk, project=batch.project, **found)
    return found


def withdraw(actor: User, batch: SuggestionBatch) -> dict[str, int]:
    """The same, for whoever has asked who may."""
    untouched = batch.suggestions.filter(
        state=State.ACCEPTED, box__origin=Origin.SUGGESTION, box__label=F("label"),
        box__x1=F("x1"), box__y1=F("y1"), box__x2=F("x2"), box__y2=F("y2"),
    )  # fmt: skip
    boxes = sum(_in_batches(actor, untouched, _withdraw))
    withdrawn = sum(_in_batches(actor, batch.suggestions.filter(state=State.PENDING), _withdraw))
    delete_dropped(batch.suggestions.all())
    with transaction.atomic():
        SuggestionBatch.objects.filter(pk=batch.pk).update(withdrawn_at=timezone.now())
        wake_on_commit(project_group(batch.project_id))
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


def delete_dropped(chosen: QuerySet[Suggestion]) -> None:
    """Deletes what is below the threshold among `chosen`, 200 rows a transaction; suggestions that were shown stay."""
    while ids := list(chosen.filter(state=State.DROPPED).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            Suggestion.objects.filter(pk__in=ids, state=State.DROPPED).delete()


def take_back(chosen: QuerySet[Suggestion], actor: User | None = None) -> int:
    """Withdraws those of `chosen` that wait, without a person's asking where `actor` is None; returns how many."""
    return sum(_in_batches(actor, chosen.filter(state=State.PENDING), _withdraw, counts_up=actor is not None))


def replace(ids: Collection[int]) -> list[int]:
    """Withdraws those of `ids` (at most 200) that still wait, for a run that found them anew; returns which.

    In one transaction.
    """
    waiting = Suggestion.objects.filter(pk__in=ids, state=State.PENDING)
    unit, found = _lock(None, waiting, waiting.order_by("pk"), counts_up=False)
    return [one.pk for one in _each(unit, found, unit.withdraw)]


def offer_again(ids: Sequence[int]) -> None:
    """What `replace` withdrew waits for review again, unless its own run was undone."""
    for start in range(0, len(ids), BATCH):
        gone = Suggestion.objects.filter(
            pk__in=ids[start : start + BATCH], state=State.WITHDRAWN, batch__withdrawn_at=None
        )
        with transaction.atomic():
            unit, found = _lock(None, gone, gone.order_by("pk"), counts_up=False)
            _each(unit, found, unit.offer_again)


def _locked(
    actor: User, project: Project, items: Sequence[SeenSuggestion], *, states: Sequence[str] | None
) -> tuple[UnitOfWork, list[Suggestion]]:
    if not items or len(items) > BATCH:
        raise Refusal(_("Name 1 to %(n)d suggestions at once.") % {"n": BATCH}, field="items")
    seen = dict(items)
    named = Suggestion.objects.filter(pk__in=seen, image__project=project)
    unit, found = _lock(actor, named, named.order_by("pk"))
    if len(found) != len(seen):
        raise Refusal(_("Some of these suggestions are not in this project."), field="items")
    if any(s.version != seen[s.pk] or (states and s.state not in states) for s in found):
        raise StaleVersion([suggestion_row(s) for s in with_run(named.order_by("pk"))])
    return unit, found


def _lock(
    actor: User | None, chosen: QuerySet[Suggestion], ordered: QuerySet[Suggestion], **options: Any
) -> tuple[UnitOfWork, list[Suggestion]]:
    """The first 200 of `ordered`, and a unit over their images: the images are locked first, as every writer locks
    them.

    Who was decided between the look and the lock is left out, where `chosen` asks for a state.
    """
    first = dict(ordered.values_list("pk", "image_id")[:BATCH])
    images = lock_images(set(first.values()))
    rows = chosen.filter(pk__in=first, image__in=images).select_for_update(of=("self",), no_key=True)
    found = {one.pk: one for one in rows.select_related("label", "box__label").order_by("pk")}
    return UnitOfWork(actor, images.values(), **options), [found[pk] for pk in first if pk in found]


Act = Callable[[UnitOfWork, list[Suggestion]], object]


def _in_batches(actor: User | None, chosen: QuerySet[Suggestion], act: Act, **options: Any) -> Iterator[int]:
    """Runs `act` on the rows of `chosen`, 200 a transaction, until none is left; `act` must take them out of
    `chosen`.
    """
    while chosen.exists():
        with transaction.atomic():
            unit, found = _lock(actor, chosen, chosen.order_by("pk"), **options)
            act(unit, found)
        yield len(found)


def _accept(
    unit: UnitOfWork,
    found: list[Suggestion],
    *,
    label: LabelClass | None = None,
    unseen: bool = False,
    corners: Corners = NOWHERE,
) -> list[Box]:
    assert unit.actor is not None
    boxes = [box_of(suggestion, unit.actor, uuid.uuid4(), label=label) for suggestion in found]
    for suggestion, box in zip(found, boxes, strict=True):
        if suggestion.pk in corners:
            box.xyxy = _in_image(corners[suggestion.pk], unit.images[suggestion.image_id])
    for suggestion, box in zip(found, boxes, strict=True):
        unit.accept(suggestion, box, unseen=unseen)
    unit.write()
    return boxes


def _in_image(xyxy: XYXY, image: Image) -> XYXY:
    found = inside(xyxy, image.width, image.height)
    if found is None:
        raise Refusal(_("The box is smaller than a pixel, or outside the image."), field="items")
    return found


def _each(unit: UnitOfWork, found: list[Suggestion], act: Callable[[Suggestion], None]) -> list[Suggestion]:
    for suggestion in found:
        act(suggestion)
    unit.write()
    return found


def _withdraw(unit: UnitOfWork, found: list[Suggestion]) -> None:
    _each(unit, found, unit.withdraw)
