"""Verbs on the splits of a project: check, write in transactions of at most 200 rows with history, write the audit
row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.locking import BATCH, lock_images
from annotations.models import SplitChange
from annotations.splits.plan import Division
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Image, Project, User
from projects.policies import Action

AT_ONCE = BATCH // 2  # images of one transaction: each is a row of its own and one of history
NAMED = 200  # images that an audit row names; of more it says how many
Moves = Mapping[int, tuple[str, str]]  # what an image was in, and what it is in now, by its id


@dataclass(frozen=True, slots=True)
class SplitMoves:
    """moves: what really changed. along: how many of these went because a near-copy of theirs did."""

    moves: Moves
    along: int = 0

    @property
    def before(self) -> dict[str, list[int]]:
        """Images by the split that they were in: what takes the change back."""
        found: dict[str, list[int]] = defaultdict(list)
        for image, (was, _now) in self.moves.items():
            found[was].append(image)
        return found


def put(actor: User, project: Project, wanted: Mapping[str, Collection[int]]) -> SplitMoves:
    """Puts exactly these images into these splits ("" for none). For undo, imports and restored versions; near-copies
    are not taken along.
    """
    policies.require(actor, Action.REVIEW, project)
    targets = {image: (None, _known(split)) for split, images in wanted.items() for image in images}
    done: dict[int, tuple[str, str]] = {}
    left = iter(sorted(targets.items()))
    while part := dict(islice(left, AT_ONCE)):
        done |= write(actor, project, part)
    audit_splits(actor, project, done, {now for _was, now in done.values()})
    return SplitMoves(done)


def assign(actor: User, project: Project, ids: Collection[int], split: str) -> SplitMoves:
    """Puts images and their near-copies into one split ("" for none)."""
    policies.require(actor, Action.REVIEW, project)
    both = _with_copies(project, ids)
    changed = put(actor, project, {split: both})
    return SplitMoves(changed.moves, len(changed.moves.keys() - set(ids)))


def divide(actor: User, project: Project, division: Division) -> SplitChange:
    """Has a worker deal images out by fraction, stratified by class. Raises Conflict while it does so already."""
    policies.require(actor, Action.REVIEW, project)
    check(division)
    with transaction.atomic():
        _alone(project)
        change = SplitChange.objects.create(project=project, created_by=actor, how=asdict(division))
        change.enqueue()
    return change


def undo(actor: User, change: SplitChange) -> SplitChange:
    """Has a worker take a division back, where nobody changed the split since. Raises Conflict."""
    policies.require(actor, Action.REVIEW, change.project)
    with transaction.atomic():
        _alone(change.project)
        change = _locked(change)
        if not change.is_undoable:
            raise Conflict(_("This division cannot be undone (any more)."), code="not_undoable")
        change.step, change.state, change.undone_by = SplitChange.Step.UNDO, SplitChange.State.QUEUED, actor
        change.attempts = change.done = 0
        change.save()
        change.enqueue()
    return change


def cancel(actor: User, change: SplitChange) -> SplitChange:
    """Its worker stops within seconds: what is written already stays, and can be undone. What has ended stays as it
    is.
    """
    policies.require(actor, Action.REVIEW, change.project)
    live = SplitChange.objects.filter(pk=change.pk, state__in=SplitChange.OPEN)
    live.update(state=SplitChange.State.CANCELLED, updated_at=timezone.now())
    change.refresh_from_db(fields=["state"])
    return change


def _alone(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if SplitChange.objects.filter(project=project, state__in=SplitChange.OPEN).exists():
        raise Conflict(_("Another division of this project is under way."), code="busy")


def _locked(change: SplitChange) -> SplitChange:
    fresh = SplitChange.objects.select_for_update().get(pk=change.pk)
    fresh.project = change.project
    return fresh


def check(division: Division) -> None:
    """Raises Refusal for percents that make no whole."""
    percents = {name: getattr(division, name) for name in Image.Split.values}
    for name, percent in percents.items():
        if not 0 <= percent <= 100:
            raise Refusal(_("A share lies between 0 and 100 percent."), field=name)
    if sum(percents.values()) != 100:
        raise Refusal(_("The shares of train, validation and test must make 100 percent together."), field="train")


def _known(split: str) -> str:
    if split and split not in Image.Split.values:
        raise Refusal(_("A split is train, val, test, or none."), field="split")
    return split


@transaction.atomic
def write(
    actor: User | None, project: Project, wanted: Mapping[int, tuple[str | None, str]]
) -> dict[int, tuple[str, str]]:
    """Images into splits, with history; those that really changed, as in SplitMoves. wanted: the split that an image
    must be in for it, None for any, and the one that it gets. At most AT_ONCE of them. actor: None where an image
    follows its near-copies.
    """
    changing = [
        image
        for image in lock_images(wanted).values()
        if image.project_id == project.pk
        and wanted[image.pk][0] in (None, image.split)
        and wanted[image.pk][1] != image.split
    ]
    done = {image.pk: (image.split, wanted[image.pk][1]) for image in changing}
    for split in {now for _was, now in done.values()}:
        Image.objects.filter(pk__in=[pk for pk, (_was, now) in done.items() if now == split]).update(split=split)
    for image in changing:
        image.split = done[image.pk][1]
    if changing:
        history.save_history(project.pk, [history.of_split(actor, image) for image in changing])
    return done


def audit_splits(actor: User, project: Project, images: Collection[int], splits: Collection[str]) -> None:
    """The row of the audit log, where any image changed."""
    if images:
        words = ", ".join(str(Image.Split(split).label) if split else "-" for split in sorted(splits))
        named = sorted(images) if len(images) <= NAMED else []
        data = {"count": len(images), "splits": sorted(splits), "images": named}
        audit.record(actor, "images.split", words, project=project, **data)


def _with_copies(project: Project, ids: Collection[int]) -> set[int]:
    """These images of the project and all that are near-copies of one of them."""
    found: set[int] = set()
    groups: set[int] = set()
    for part in _parts(sorted(ids), BATCH):
        for pk, group in Image.objects.filter(project=project, pk__in=part).values_list("pk", "group"):
            found.add(pk)
            groups |= {group} if group is not None else set()
    for part in _parts(sorted(groups), BATCH):
        found |= set(Image.objects.filter(project=project, group__in=part).values_list("pk", flat=True))
    return found


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
