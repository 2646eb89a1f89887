"""The step that undoes an import as one, as new history: what somebody changed since stays, and is told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from annotations.classes.actions import delete_class
from annotations.classes.queries import is_used
from annotations.gallery import actions as gallery
from annotations.imports import notices
from annotations.locking import BATCH, lock_images
from annotations.models import Box, BoxHistory, Complete, ImageTag, ImportedImage, LabelImport, Origin, Suggestion
from annotations.review.actions import withdraw
from annotations.splits import actions as splits
from annotations.unit_of_work import UnitOfWork
from projects import audit, policies
from projects.jobs.hold import Hold
from projects.models import Image, User
from projects.policies import Action

AT_ONCE = 40  # images
NAMED = 100  # images in which boxes stay


def undo(hold: Hold[LabelImport]) -> None:
    """Raises LostJob. Begun again it goes on."""
    job, actor = hold.job, User.objects.get(pk=hold.job.undo["by"])
    total = job.images.count()
    hold.report(total=total, done=0)
    for rows in _parts(hold):
        _take_back(hold, actor, rows)
    if job.batch is not None:
        found = withdraw(actor, job.batch)
        hold.report(counts=job.counts | {"withdrawn": job.counts.get("withdrawn", 0) + found["withdrawn"]})
    if job.splits:
        splits.put(actor, job.project, _there(hold))
        hold.report(splits={})
    if job.undo["pictures"]:
        _delete_pictures(hold, actor)
    _delete_classes(hold, actor)
    hold.report(done=total)
    audit.record(actor, "labels.import_undone", job.name, project=job.project, **job.counts)


def _parts(hold: Hold[LabelImport]) -> Iterator[list[ImportedImage]]:
    """Images that are still to be gone through: those of a part no longer are once it is written."""
    waiting = ImportedImage.objects.filter(job=hold.job).filter(Q(labelled=True)).order_by("pk")
    while rows := list(waiting[:AT_ONCE]):
        part: list[ImportedImage] = []
        size = 0
        for row in rows:
            if part and size + len(row.boxes) > BATCH:
                break
            part.append(row)
            size += len(row.boxes)
        yield part


@transaction.atomic
def _take_back(hold: Hold[LabelImport], actor: User, rows: Sequence[ImportedImage]) -> None:
    job = hold.job
    images = lock_images({row.image_id for row in rows})
    ids = [UUID(pk) for row in rows for pk in row.boxes]
    boxes = Box.objects.filter(pk__in=ids, image__in=images, origin=Origin.IMPORT).select_related("label")
    changed = set(
        BoxHistory.objects.filter(image__in=images, verb=BoxHistory.Verb.CHANGED, box__in=ids).values_list(
            "box", flat=True
        )
    )
    answered = {one.box_id: one for one in Suggestion.objects.filter(box__in=ids).select_related("label", "box__label")}
    unit = UnitOfWork(actor, images.values())
    stays: Counter[int] = Counter()
    counts: Counter[str] = Counter(job.counts)
    for box in boxes:
        if box.pk in changed:
            stays[box.image_id] += 1
            continue
        of = answered.get(box.pk)
        unit.delete(box, of)
        counts["undone"] += 1
        if of is not None:
            unit.reopen(of)
    marks = Complete.objects.filter(pk__in=[pk for row in rows for pk in row.marks], image__in=images)
    for mark in marks.select_related("label"):
        unit.not_complete(mark)
        counts["unmarked"] += 1
    tagged = ImageTag.objects.filter(pk__in=[pk for row in rows for pk in row.tags], image__in=images)
    for one in tagged.select_related("tag"):
        unit.untag(one)
    unit.write()
    counts["stay"] += sum(stays.values())
    ImportedImage.objects.filter(pk__in=[row.pk for row in rows]).update(labelled=False, boxes=[], marks=[], tags=[])
    reported = [notices.row(notices.STAYS, images[pk].name, n=n) for pk, n in stays.items()]
    more = {"notices": [*job.notices, *reported][:NAMED]} if reported else {}
    hold.report(done=job.done + len(rows), counts=dict(counts), **more)


def _there(hold: Hold[LabelImport]) -> dict[str, list[int]]:
    """The splits of before, of the images that still have what the import said."""
    job = hold.job
    wanted = {pk: split for split, ids in job.splits.items() for pk in ids}
    still: dict[str, list[int]] = defaultdict(list)
    for pk in Image.objects.filter(project=job.project, pk__in=wanted).values_list("pk", flat=True):
        still[wanted[pk]].append(pk)
    return dict(still)


def _delete_classes(hold: Hold[LabelImport], actor: User) -> None:
    """Classes that it made, where nothing else is of them by now; who may not manage leaves them."""
    job = hold.job
    if not policies.can(actor, Action.MANAGE, job.project):
        return
    own = Suggestion.objects.filter(batch=job.batch_id, state=Suggestion.State.WITHDRAWN)
    for label in job.project.classes.filter(pk__in=job.choices.get("made", [])):
        if not is_used(label, but=own):
            delete_class(actor, label)
            hold.report(counts=job.counts | {"classes_gone": job.counts.get("classes_gone", 0) + 1})


def _delete_pictures(hold: Hold[LabelImport], actor: User) -> None:
    """Pictures that came with it, where nobody has left anything in them since."""
    job = hold.job
    added = Image.objects.filter(imports__job=job, imports__added=True)
    empty = added.filter(boxes=None, complete=None, comments=None).exclude(
        suggestions__state__in=[Suggestion.State.PENDING, Suggestion.State.ACCEPTED, Suggestion.State.REJECTED]
    )
    while ids := list(empty.order_by("pk").values_list("pk", flat=True).distinct()[: gallery.MOST]):
        entry = gallery.delete(actor, job.project, ids)
        if entry is None:
            break
        gone = job.counts.get("pictures_gone", 0) + len(entry.numbers)
        hold.report(counts=job.counts | {"pictures_gone": gone})
