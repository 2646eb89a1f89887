"""Verbs on the splits of a project: check, write in transactions of at most 200 rows with history, write the audit row."""

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
from annotations.splits.contents import contents
from annotations.splits.plan import Division, moves
from projects import audit, policies
from projects.errors import Conflict, Refused
from projects.models import Image, Project, User
from projects.policies import Action

AT_ONCE = BATCH // 2  # images of one transaction: each is a row of its own and one of history
NAMED = 200  # images that an audit row names; of more it says how many
Moves = Mapping[int, tuple[str, str]]  # what an image was in, and what it is in now, by its id


@dataclass(frozen=True, slots=True)
class Changed:
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


def put(actor: User, project: Project, wanted: Mapping[str, Collection[int]]) -> Changed:
    """Puts exactly these images into these splits ("" for none). For undo, imports and restored versions; near-copies
    are not taken along.
    """
    policies.require(actor, Action.REVIEW, project)
    targets = {image: _known(split) for split, images in wanted.items() for image in images}
    done: dict[int, tuple[str, str]] = {}
    left = iter(sorted(targets.items()))
    while part := dict(islice(left, AT_ONCE)):
        done |= _write(actor, project, part)
    if done:
        named = sorted(done) if len(done) <= NAMED else []
        splits = sorted({now for _was, now in done.values()})
        words = ", ".join(str(Image.Split(split).label) if split else "-" for split in splits)
        audit.record(actor, "images.split", words, project=project, count=len(done), splits=splits, images=named)
    return Changed(done)


def assign(actor: User, project: Project, ids: Collection[int], split: str) -> Changed:
    """Puts images and their near-copies into one split ("" for none)."""
    policies.require(actor, Action.REVIEW, project)
    both = _with_copies(project, ids)
    changed = put(actor, project, {split: both})
    return Changed(changed.moves, len(changed.moves.keys() - set(ids)))


def divide(actor: User, project: Project, division: Division) -> SplitChange:
    """Deals images out by fraction, stratified by class."""
    policies.require(actor, Action.REVIEW, project)
    check(division)
    wanted: dict[str, list[int]] = defaultdict(list)
    for image, split in moves(contents(project), division).items():
        wanted[split].append(image)
    ways: dict[str, list[int]] = defaultdict(list)
    changed = put(actor, project, wanted)
    for image, (was, now) in changed.moves.items():
        ways[f"{was}>{now}"].append(image)
    return SplitChange.objects.create(
        project=project, by=actor, how=asdict(division), moves=ways, count=len(changed.moves)
    )


def undo(actor: User, change: SplitChange) -> int:
    """Takes a change back where nobody changed the split since; how many images changed."""
    project = change.project
    policies.require(actor, Action.REVIEW, project)
    if change.undone_at is not None:
        raise Conflict(_("This change was undone already."), code="undone")
    back: dict[str, list[int]] = defaultdict(list)
    for way, images in change.moves.items():
        was, now = way.split(">")
        for part in _parts(images, BATCH):
            still = Image.objects.filter(project=project, pk__in=part, split=now).order_by("pk")
            back[was] += still.values_list("pk", flat=True)
    done = len(put(actor, project, back).moves)
    SplitChange.objects.filter(pk=change.pk).update(undone_at=timezone.now())  # last: what breaks off can be done again
    return done


def check(division: Division) -> None:
    """Raises Refused for percents that make no whole."""
    percents = {name: getattr(division, name) for name in Image.Split.values}
    for name, percent in percents.items():
        if not 0 <= percent <= 100:
            raise Refused(_("A share lies between 0 and 100 percent."), field=name)
    if sum(percents.values()) != 100:
        raise Refused(_("The shares of train, validation and test must make 100 percent together."), field="train")


def _known(split: str) -> str:
    if split and split not in Image.Split.values:
        raise Refused(_("A split is train, val, test, or none."), field="split")
    return split


@transaction.atomic
def _write(actor: User, project: Project, wanted: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    images = [image for image in lock_images(wanted).values() if image.project_id == project.pk]
    changing = [image for image in images if image.split != wanted[image.pk]]
    done = {image.pk: (image.split, wanted[image.pk]) for image in changing}
    for split in {wanted[image.pk] for image in changing}:
        Image.objects.filter(pk__in=[pk for pk, (_was, now) in done.items() if now == split]).update(split=split)
    for image in changing:
        image.split = wanted[image.pk]
    if changing:
        history.save_history(project.pk, [history.of_split(actor, image) for image in changing])
    return done


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
