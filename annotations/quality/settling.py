"""Verbs of who settles what people labelled apart: take what all agree on, choose where they differ, take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.attribute_values import said
from annotations.geometry import iou
from annotations.locking import lock_images
from annotations.models import Box, BoxHistory, Complete, LabelClass, Replica, WorkImage, WorkJob
from annotations.quality.consensus import Group, groups
from annotations.quality.marks import HIT, Mark
from annotations.unit_of_work import UnitOfWork
from annotations.work.reviewing import complete
from projects import policies
from projects.errors import Conflict, Refusal
from projects.models import Image, Project, User
from projects.policies import Action

State, Verb = WorkImage.State, BoxHistory.Verb
NO_BOX = 0  # in place of a class: there is no object


@dataclass(frozen=True, slots=True)
class Apart:
    """An image of which all answers are in, and what they come to. people: who answered, in the order of their ids."""

    item: WorkImage
    people: Sequence[User]
    groups: Sequence[Group]

    @property
    def disputes(self) -> list[Group]:
        return [group for group in self.groups if not group.agreed]


def answered(job: WorkJob, images: Sequence[int] | None = None) -> list[Apart]:
    """Images of a job that wait to be settled, in their order; in two questions. images: ids, None for all."""
    items = job.images.filter(state=State.SUBMITTED).select_related("image").order_by("position")
    if images is not None:
        items = items.filter(image__in=images)
    found = {item.pk: item for item in items}
    by_item: dict[int, list[Replica]] = {pk: [] for pk in found}
    rows = Replica.objects.filter(item__in=found, state=Replica.State.SUBMITTED).select_related("person")
    for replica in rows.order_by("person"):
        by_item[replica.item_id or 0].append(replica)
    return [
        Apart(
            found[pk],
            [one.person for one in replicas],
            groups({one.person_id: [Mark.of_row(row) for row in one.boxes] for one in replicas}),
        )
        for pk, replicas in by_item.items()
    ]


def settle_agreed(actor: User, job: WorkJob) -> int:
    """Makes final what all agree on; how many images that were."""
    policies.require(actor, Action.REVIEW, job.project)
    done = [one.item.image_id for one in answered(job) if not one.disputes]
    for image in done:
        settle(actor, job, image, {})
    return len(done)


@transaction.atomic
def settle(actor: User, job: WorkJob, image: int, choices: Mapping[int, int]) -> WorkImage:
    """Gives the image the boxes that people agree on and those that are chosen, and makes it final, as one step.

    choices: of each dispute by its place, the class of the box to keep, or NO_BOX. Raises Conflict where the image does
    not wait to be settled, Refusal where a dispute is left open.
    """
    policies.require(actor, Action.REVIEW, job.project)
    images = lock_images([image])
    apart = next(iter(answered(job, [image])), None)
    if apart is None or image not in images:
        raise Conflict(_("This image does not wait to be settled."), code="not_waiting")
    item, item.image = apart.item, images[image]
    classes = {label.pk: label for label in job.project.classes.all()}
    unit = UnitOfWork(actor, [item.image])
    made: list[Box] = []
    there = list(Box.objects.filter(image=image))
    for mark in _chosen(apart, choices):
        label = classes.get(mark.label)
        if label and not any(one.label_id == label.pk and iou(one.xyxy, mark.xyxy) >= HIT for one in there):
            made.append(_box(actor, item.image, label, mark))
            unit.create(made[-1])
    unit.write()
    before = set(Complete.objects.filter(image=image).values_list("label_id", flat=True))
    complete(actor, job.project, [item])
    now = set(Complete.objects.filter(image=image).values_list("label_id", flat=True))
    item.settled = {"boxes": [str(box.pk) for box in made], "complete": sorted(now - before)}
    item.state, item.decided_by, item.decided_at = State.FINAL, actor, timezone.now()
    item.save(update_fields=["state", "decided_by", "decided_at", "settled"])
    history.save_history(job.project_id, [history.of_work(actor, Verb.FINAL, item.image)])
    return item


@transaction.atomic
def unsettle(actor: User, project: Project, image: int) -> int:
    """Takes it back: the boxes that it made go, but for those that somebody changed since; how many went."""
    policies.require(actor, Action.REVIEW, project)
    images = lock_images([image])
    rows = WorkImage.objects.select_for_update(of=("self",)).filter(image=image, job__project=project)
    item = rows.filter(state=State.FINAL, job__overlap__gt=1).first()
    if item is None or image not in images:
        raise Conflict(_("This image is not settled."), code="not_settled")
    unit = UnitOfWork(actor, images.values())
    boxes = Box.objects.filter(image=image, pk__in=item.settled.get("boxes", [])).select_related("label")
    changed = set(
        BoxHistory.objects.filter(box__in=[box.pk for box in boxes], verb=Verb.CHANGED).values_list("box", flat=True)
    )
    gone = [box for box in boxes if box.pk not in changed]
    for box in gone:
        unit.delete(box)
    for mark in Complete.objects.filter(image=image, label__in=item.settled.get("complete", [])).select_related(
        "label"
    ):
        unit.not_complete(mark)
    unit.write()
    item.state, item.decided_by, item.decided_at, item.settled = State.SUBMITTED, None, None, {}
    item.save(update_fields=["state", "decided_by", "decided_at", "settled"])
    history.save_history(project.pk, [history.of_work(actor, Verb.RECALLED, images[image])])
    return len(gone)


def _chosen(apart: Apart, choices: Mapping[int, int]) -> list[Mark]:
    found = []
    disputes = iter(range(len(apart.disputes)))
    for group in apart.groups:
        label = group.votes[0][0] if group.agreed else choices.get(next(disputes))
        if label is None or label not in {NO_BOX, *group_labels(group)}:
            raise Refusal(_("Say of each place what is there."), code="open", field="choices")
        if label != NO_BOX:
            found.append(group.box(label))
    return found


def group_labels(group: Group) -> list[int]:
    return [label for label, _votes in group.votes]


def _box(actor: User, image: Image, label: LabelClass, mark: Mark) -> Box:
    box = Box(id=uuid4(), image=image, label=label, author=actor, flags=mark.flags)
    box.xyxy, box.attributes = mark.xyxy, said(label, mark.attributes, {})
    return box
