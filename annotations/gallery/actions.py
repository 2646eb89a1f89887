"""Verbs on many images: check, act in transactions of at most 200 rows, write the audit row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.gallery.filters import may_work
from projects import audit, policies
from projects.bin.actions import delete_images
from projects.errors import Conflict, Refusal
from projects.models import BinEntry, Dataset, Image, NotificationKind, Project, User
from projects.notifications.actions import News, Page, notify
from projects.policies import Action

MOST = 200  # images in one call, and rows in one transaction


Before = dict[int | None, list[int]]  # images by the person or the dataset that they were of


@dataclass(frozen=True, slots=True)
class GalleryChange:
    """What changed, by what it was before; and the names of those that stayed because their picture is there
    already.
    """

    before: Before
    stayed: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.before.values()))


def receivers(user: User, can: Collection[Action], people: list[User]) -> list[User]:
    """Whom a person may give images to: reviewers to all who label, who labels to themselves."""
    if Action.REVIEW in can:
        return people
    return [user] if Action.LABEL in can else []


def assign(actor: User, project: Project, ids: Sequence[int], to: User | None) -> GalleryChange:
    """Gives images to a person, or to nobody, and returns those that changed by whose they were. Who labels may take
    images and give back their own; reviewers deal them out.
    """
    policies.require(actor, Action.LABEL, project)
    _check(ids)
    if to is not None and not may_work(project).filter(pk=to.pk).exists():
        raise Refusal(_("Only a member who may draw boxes can be given images."), field="assignee")
    with transaction.atomic():
        found = _locked(project, ids)
        others = any(image.assignee_id not in (None, actor.pk) for image in found)
        if others or to not in (None, actor):
            policies.require(actor, Action.REVIEW, project)
        changing = [image for image in found if image.assignee_id != (to.pk if to else None)]
        changed, before = [image.pk for image in changing], _by((image.assignee_id, image.pk) for image in changing)
        Image.objects.filter(pk__in=changed).update(assignee=to)
        if changed:
            audit.record(actor, "images.assigned", to or "-", project=project, count=len(changed), images=changed)
            page = Page("images", (project.pk,), "?assignee=me")
            news = News(NotificationKind.ASSIGNED, project, f"images-{actor.pk}", page, count=len(changed))
            notify([to], news, actor=actor)
    return GalleryChange(before)


def move(actor: User, project: Project, ids: Sequence[int], dataset: Dataset) -> GalleryChange:
    """Into another dataset of the same project; a picture that is there already stays where it is, and is named."""
    policies.require(actor, Action.MANAGE, project)
    _check(ids)
    if dataset.project_id != project.pk:
        raise Refusal(_("This dataset is not of this project."), field="dataset")
    try:
        with transaction.atomic():
            found = [image for image in _locked(project, ids) if image.dataset_id != dataset.pk]
            hashes = [image.sha256 for image in found]
            there = set(dataset.images.filter(sha256__in=hashes).values_list("sha256", flat=True))
            going: list[Image] = []
            stayed: list[Image] = []
            for image in found:
                (stayed if image.sha256 in there else going).append(image)
                there.add(image.sha256)  # of two copies the first goes
            before = _by((image.dataset_id, image.pk) for image in going)
            Image.objects.filter(pk__in=[image.pk for image in going]).update(dataset=dataset)
            if going:
                moved = [image.pk for image in going]
                audit.record(actor, "images.moved", dataset, project=project, count=len(going), images=moved)
    except IntegrityError as error:  # the same picture was uploaded there meanwhile
        raise Conflict(_("Somebody else changed this meanwhile."), code="stale") from error
    return GalleryChange(before, [image.name for image in stayed])


def _by(pairs: Iterable[tuple[int | None, int]]) -> Before:
    found: Before = {}
    for value, image in pairs:
        found.setdefault(value, []).append(image)
    return found


def delete(actor: User, project: Project, ids: Sequence[int]) -> BinEntry | None:
    """Puts images into the bin with all that people said of them, as one entry; None where there were none."""
    policies.require(actor, Action.MANAGE, project)
    _check(ids)
    return delete_images(actor, project, ids)


def _locked(project: Project, ids: Iterable[int]) -> list[Image]:
    """Those of the ids that are images of the project, in one order, so that two writers never wait for each other."""
    rows = Image.objects.select_for_update(no_key=True).filter(project=project, pk__in=ids).order_by("pk")
    return list(rows)


def _check(ids: Sequence[int]) -> None:
    if len(ids) > MOST:
        raise Refusal(_("At most %(n)d images at once.") % {"n": MOST}, code="too_many", field="images")


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    size = max(1, size)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
