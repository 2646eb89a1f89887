"""A project or a dataset back to a version, and back again: the `default` worker's job, in transactions of at most 200
rows.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.classes.actions import create_class
from annotations.locking import BATCH
from annotations.models import DatasetVersion, LabelClass, Restore
from annotations.splits import actions as splits
from annotations.versions.actions import Reason, version_of_now
from annotations.versions.blocks import ImageState
from annotations.versions.comparison import differences
from annotations.versions.contents import count_differing, differing, image_in
from annotations.versions.restoring import Labels, read_labels, restore_images, same_labels
from labelhub.live.notify import project_group, wake_on_commit
from projects import audit, policies
from projects.bin.actions import bring_images_back, delete_images
from projects.errors import Conflict, Refusal
from projects.jobs.hold import Hold, carry_out, letting_others_write
from projects.jobs.sweep import TRIES, take_up
from projects.models import BinImage, Dataset, Project, User
from projects.policies import Action

log = logging.getLogger(__name__)
NAMED = 100  # images that are gone, by their names; of more it says how many
State = Restore.State


def start_restore(actor: User, version: DatasetVersion, dataset: Dataset | None = None) -> Restore:
    """Puts a restore of the whole project, or of one dataset, into the queue. Raises Conflict while another runs."""
    project = version.project
    policies.require(actor, Action.MANAGE, project)
    if dataset is not None and dataset.project_id != project.pk:
        raise Refusal(_("This dataset is not of this project."), field="dataset")
    return _queue(Restore(project=project, version=version, dataset=dataset, whole=dataset is None, created_by=actor))


def undo_restore(actor: User, restore: Restore) -> Restore:
    """Puts into the queue that a restore is taken back; images that people changed since stay as they are."""
    policies.require(actor, Action.MANAGE, restore.project)
    if restore.state != State.DONE or Restore.objects.filter(undoes=restore).exists():
        raise Conflict(_("This restore cannot be undone (any more)."), code="not_undoable")
    back = Restore(
        project=restore.project, version=restore.version, dataset=restore.dataset, whole=restore.whole,
        undoes=restore, created_by=actor,
    )  # fmt: skip
    return _queue(back)


@transaction.atomic
def _queue(job: Restore) -> Restore:
    Project.objects.select_for_update(no_key=True).get(pk=job.project_id)
    if Restore.objects.filter(project=job.project_id, state__in=(State.QUEUED, State.RUNNING)).exists():
        raise Conflict(_("Another restore of this project is under way."), code="busy")
    job.save()
    job.enqueue()
    return job


def run_restore(restore_id: int) -> None:
    """The worker's part."""
    rows = Restore.objects.select_related("project", "created_by", "undoes__before", "undoes__after")
    job = carry_out(rows, restore_id, _restore, _why)
    if job is not None:
        wake_on_commit(project_group(job.project_id))


def resume_restores() -> int:
    """Takes up what a worker that died had in hand: what is restored already is found to be so. Called now and then by
    the supervisor.
    """
    words = _("Its worker stopped without a word %(n)d times.") % {"n": TRIES}
    return take_up(Restore.objects.all(), lambda job: {"result": job.result | {"error": words}})


def _why(job: Restore, error: Exception) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"result": job.result | {"error": error.detail}}
    log.error("restore %s", job.pk, exc_info=error)
    return {"result": job.result | {"error": type(error).__name__}}


@dataclass(frozen=True, slots=True)
class _Step:
    """One image. rows: how many it will change, about. only: see restore_images. split: None where it stays."""

    image: int
    wanted: Labels
    only: Labels | None
    split: str | None
    rows: int


def _restore(hold: Hold[Restore]) -> None:
    job, actor = hold.job, hold.job.created_by
    if actor is None or not (job.whole or job.dataset_id):
        raise Refusal(_("The person or the dataset of this restore is gone."))
    if job.before is None:
        with hold.beating():
            before = version_of_now(job.project, Reason.RESTORE, actor)
        hold.report(before=before)
    target = job.undoes.before if job.undoes else job.version
    assert target is not None
    classes, made = _classes(actor, target)
    counts: Counter[str] = Counter(made=made)
    gone: list[str] = []
    moved: dict[str, list[int]] = defaultdict(list)
    present = job.undoes.after if job.undoes else job.before
    assert present is not None
    brought = set() if job.undoes else _bring_images_back(hold, present, target)
    hold.report(done=0, total=count_differing(present, target))
    for batch in _batches(_steps(job, present, target, brought, counts, gone)):
        wanted = {step.image: step.wanted for step in batch}
        only = {step.image: step.only for step in batch if step.only is not None}
        with letting_others_write(), transaction.atomic():
            counts += restore_images(actor, wanted, classes, only=only if job.undoes else None)
            hold.report(done=job.done + len(batch))
        for step in batch:
            if step.split is not None:
                moved[step.split].append(step.image)
    counts["splits"] = len(splits.put(actor, job.project, moved).moves)
    counts["brought"] = len(brought)
    if job.undoes:
        _put_images_away(job, actor, present, counts)
    with hold.beating():
        after = version_of_now(job.project, Reason.RESTORE, actor)
    hold.report(done=job.total, after=after, result={**counts, "gone_names": gone, "brought_ids": sorted(brought)})
    audit.record(actor, "version.restored", job.version, project=job.project, undo=bool(job.undoes), **counts)


def _classes(actor: User, target: DatasetVersion) -> tuple[dict[int, LabelClass], int]:
    """The classes of a version as they are there now, by id, else by name; one that is gone is made again."""
    live = list(target.project.classes.all())
    by_id, by_name = {label.pk: label for label in live}, {label.name: label for label in live}
    found: dict[int, LabelClass] = {}
    made = 0
    for row in target.classes:
        label = by_id.get(row["id"]) or by_name.get(row["name"])
        if label is None:
            label = create_class(actor, target.project, name=row["name"], color=row["color"])
            label.attributes = row.get("attributes", [])
            label.save(update_fields=["attributes"])
            made += 1
        found[row["id"]] = label
    return found, made


def _bring_images_back(hold: Hold[Restore], present: DatasetVersion, target: DatasetVersion) -> set[int]:
    """Images of the version that lie in the bin, out of it; those of a worker that died over it, too."""
    job = hold.job
    missing = {then.head.id for now, then in _differing(job, present, target) if now is None and then is not None}
    lying = BinImage.objects.filter(entry__project=job.project, number__in=missing).values_list("number", flat=True)
    wanted = sorted({*job.result.get("brought_ids", ()), *lying})
    hold.report(result=job.result | {"brought_ids": wanted})
    with hold.beating():
        assert job.created_by is not None
        bring_images_back(job.created_by, job.project, wanted)
    return set(job.project.images.filter(pk__in=wanted).values_list("pk", flat=True))


def _put_images_away(job: Restore, actor: User, present: DatasetVersion, counts: Counter[str]) -> None:
    """What the restore brought out of the bin goes there again, where nobody changed it since."""
    assert job.undoes is not None
    brought = job.undoes.result.get("brought_ids", [])
    for start in range(0, len(brought), BATCH):
        part = set(brought[start : start + BATCH])
        now = read_labels(part)
        known = ((pk, image_in(present, pk)) for pk in part)
        same = [pk for pk, state in known if state is not None and same_labels(_labels(state), now[pk])]
        counts["stayed"] += len(part) - len(same)
        delete_images(actor, job.project, same)


def _differing(
    job: Restore, present: DatasetVersion, target: DatasetVersion
) -> Iterator[tuple[ImageState | None, ImageState | None]]:
    """Images of the project, or of its dataset, as they are and as they are to be."""
    for now, then, _at in differing(present, target):
        if job.whole or (now or then).head.dataset_id == job.dataset_id:  # type: ignore[union-attr]
            yield now, then


def _steps(
    job: Restore,
    present: DatasetVersion,
    target: DatasetVersion,
    brought: Container[int],
    counts: Counter[str],
    gone: list[str],
) -> Iterator[_Step]:
    """What differs, image by image; an image that the version has not stays as it is, one that is gone is told."""
    for now, then in _differing(job, present, target):
        if now is None:
            assert then is not None
            if then.head.id in brought:
                yield _Step(then.head.id, _labels(then), None, then.head.split, len(then.boxes))
                continue
            counts["gone"] += 1
            if len(gone) < NAMED:
                gone.append(then.head.name)
        elif then is None:
            counts["newer"] += 1
        else:
            yield _step(now, then)


def _step(now: ImageState, then: ImageState) -> _Step:
    split = then.head.split if now.head.split != then.head.split else None
    rows = len(differences(now.boxes, then.boxes)) + len({*now.head.complete} ^ {*then.head.complete})
    rows += len({*now.head.tags} ^ {*then.head.tags})
    return _Step(now.head.id, _labels(then), _labels(now), split, rows)


def _labels(state: ImageState) -> Labels:
    return Labels(state.boxes, frozenset(state.head.complete), frozenset(state.head.tags))


def _batches(steps: Iterator[_Step]) -> Iterator[list[_Step]]:
    """Steps of at most 200 rows together; one image is never parted."""
    held: list[_Step] = []
    rows: int = 0
    for step in steps:
        if held and (rows + step.rows > BATCH or len(held) >= BATCH):
            yield held
            held, rows = [], 0
        held.append(step)
        rows += step.rows
    if held:
        yield held


def result_of(job: Restore) -> dict[str, Any]:
    """Its counts, all of them, and the names of images that are gone."""
    names = (
        "added",
        "moved",
        "removed",
        "relabelled",
        "flagged",
        "completed",
        "reopened",
        "splits",
        "brought",
        "stayed",
        "gone",
        "newer",
        "made",
    )
    return {name: job.result.get(name, 0) for name in names} | {"gone_names": job.result.get("gone_names", [])}
