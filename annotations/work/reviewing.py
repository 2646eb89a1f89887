"""Verbs of who reviews people's work: accept as final, return, reopen, and decide about many by a random sample."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import history
from annotations.attribute_values import lacking
from annotations.comments import actions as comments
from annotations.locking import BATCH, lock_images
from annotations.models import BoxHistory, Complete, LabelClass, WorkImage, WorkJob, WorkSample
from annotations.unit_of_work import UnitOfWork
from annotations.work import sampling
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Image, NotificationKind, Project, User
from projects.notifications.actions import News, Page, notify
from projects.policies import Action

State, Verb = WorkImage.State, BoxHistory.Verb


def accept(actor: User, project: Project, ids: Sequence[int]) -> list[int]:
    """Makes submitted images final, and complete for the classes of their jobs; returns those that changed."""
    policies.require(actor, Action.REVIEW, project)
    done = _accept(actor, project, ids)
    _settle(actor, project, done)
    return done


@transaction.atomic
def give_back(actor: User, image: Image, *, comment: str, box: UUID | None = None) -> WorkImage:
    """Returns an image to who submitted it, with what is to be mended, pinned to a box where one is named."""
    policies.require(actor, Action.REVIEW, image.project)
    text = comment.strip()
    if not text:
        raise Refusal(_("Say what is to be mended."), field="comment")
    found = _locked(image.project, [image.pk], State.SUBMITTED, State.FINAL)
    if not found:
        raise Conflict(_("This image is not submitted."), code="not_submitted")
    (item,) = found
    comments.add(actor, image, text=text, box=box)
    _return(actor, image.project, found, text)
    return item


class ReturnedImage(NamedTuple):
    """How an image of a job was before it was returned."""

    image: int
    state: str
    note: str
    decided_by: int | None


@transaction.atomic
def return_images(actor: User, project: Project, ids: Collection[int], text: str) -> list[ReturnedImage]:
    """Returns those of the images that are submitted or final, without a comment; how they were."""
    policies.require(actor, Action.REVIEW, project)
    items = _locked(project, ids, State.SUBMITTED, State.FINAL)
    before = [ReturnedImage(item.image_id, item.state, item.note, item.decided_by_id) for item in items]
    _return(actor, project, items, text)
    return before


@transaction.atomic
def take_return_back(actor: User, project: Project, before: Collection[ReturnedImage]) -> None:
    """Images that were returned, and that nobody began anew since, are as they were."""
    policies.require(actor, Action.REVIEW, project)
    wanted = {one.image: one for one in before}
    items = _locked(project, wanted, State.RETURNED)
    for item in items:
        was = wanted[item.image_id]
        item.state, item.note, item.decided_by_id = was.state, was.note, was.decided_by
        item.rounds = max(0, item.rounds - 1)
        item.save(update_fields=["state", "note", "decided_by", "rounds"])
    if items:
        verbs = {State.SUBMITTED.value: Verb.SUBMITTED, State.FINAL.value: Verb.FINAL}
        history.save_history(project.pk, [history.of_work(actor, verbs[item.state], item.image) for item in items])


def _return(actor: User, project: Project, items: Sequence[WorkImage], text: str) -> None:
    for item in items:
        item.state, item.rounds, item.note = State.RETURNED, item.rounds + 1, text[:500]
        item.decided_by, item.decided_at = actor, timezone.now()
        item.save(update_fields=["state", "rounds", "note", "decided_by", "decided_at"])
    if items:
        history.save_history(project.pk, [history.of_work(actor, Verb.RETURNED, item.image) for item in items])
        _tell(actor, project, items, text)
        _settle(actor, project, [item.image_id for item in items])


def _tell(actor: User, project: Project, items: Sequence[WorkImage], text: str) -> None:
    """Whoever labelled them; one piece of news for each job."""
    returned: dict[tuple[User | None, WorkJob], list[int]] = {}
    for item in items:
        returned.setdefault((item.worker, item.job), []).append(item.image_id)
    for (worker, job), images in returned.items():
        page = Page("editor", (images[0],), f"?from=work&job={job.pk}")
        news = News(NotificationKind.RETURNED, project, f"job-{job.pk}", page, job.name, text, count=len(images))
        notify([worker], news, actor=actor)


@transaction.atomic
def reopen(actor: User, project: Project, ids: Sequence[int]) -> list[int]:
    """Takes images out of what is final; they wait for a reviewer again."""
    policies.require(actor, Action.REVIEW, project)
    items = _locked(project, ids[:BATCH], State.FINAL)
    WorkImage.objects.filter(pk__in=[item.pk for item in items]).update(
        state=State.SUBMITTED, decided_by=None, decided_at=None
    )
    if items:
        history.save_history(project.pk, [history.of_work(actor, Verb.RECALLED, item.image) for item in items])
    return [item.image_id for item in items]


@transaction.atomic
def draw_sample(actor: User, job: WorkJob, *, size: int, most_errors: int, seed: int) -> WorkSample:
    """A random sample of what is submitted; once all of it are decided, the rest of the job is decided by it."""
    policies.require(actor, Action.REVIEW, job.project)
    if job.samples.filter(passed=None).exists():
        raise Conflict(_("A sample of this job waits to be looked at."), code="sample_open")
    ids = list(job.images.filter(state=State.SUBMITTED).order_by("position").values_list("image_id", flat=True))
    if not 1 <= size <= len(ids):
        raise Refusal(_("A sample holds 1 to %(n)d images.") % {"n": len(ids)}, field="size")
    if not 0 <= most_errors < size:
        raise Refusal(_("Fewer errors than images in the sample."), field="most_errors")
    sample = WorkSample.objects.create(
        job=job, images=sampling.draw(ids, size, seed), lot=len(ids), most_errors=most_errors, seed=seed,
        created_by=actor,
    )  # fmt: skip
    audit.record(actor, "job.sampled", job, project=job.project, size=size, lot=len(ids), seed=seed)
    return sample


def _accept(actor: User, project: Project, ids: Collection[int]) -> list[int]:
    done: list[int] = []
    for part in _parts(project, ids):
        done += _accept_part(actor, project, part)
    return done


def _parts(project: Project, ids: Collection[int]) -> Iterator[list[int]]:
    """So many that no transaction writes more than BATCH rows."""
    at_once = max(1, BATCH // (2 + project.classes.count()))
    wanted = list(ids)
    for start in range(0, len(wanted), at_once):
        yield wanted[start : start + at_once]


@transaction.atomic
def _accept_part(actor: User, project: Project, ids: Sequence[int]) -> list[int]:
    images = lock_images(ids)
    items = _locked(project, ids, State.SUBMITTED)
    for item in items:
        item.image = images[item.image_id]
    WorkImage.objects.filter(pk__in=[item.pk for item in items]).update(
        state=State.FINAL, decided_by=actor, decided_at=timezone.now()
    )
    complete(actor, project, items)
    if items:
        history.save_history(project.pk, [history.of_work(actor, Verb.FINAL, item.image) for item in items])
    return [item.image_id for item in items]


def complete(actor: User, project: Project, items: Sequence[WorkImage]) -> None:
    """Marks the images complete for the classes of their jobs. Raises Refusal where a box lacks what is required."""
    unit = UnitOfWork(actor, [item.image for item in items])
    known = list(project.classes.all())
    asked: dict[int, set[int]] = {}
    of_jobs = WorkJob.classes.through.objects.filter(workjob__in={item.job_id for item in items})
    for job, pk in of_jobs.values_list("workjob_id", "labelclass_id"):
        asked.setdefault(job, set()).add(pk)
    lacks = lacking([item.image_id for item in items], known)
    marks = Complete.objects.filter(image__in=[item.image_id for item in items])
    there = set(marks.values_list("image_id", "label_id"))
    for item in items:
        for label in _asked_of(item, known, asked):
            if label.pk in lacks.get(item.image_id, ()):
                words = _("In %(image)s a box of “%(class)s” lacks what the class requires.")
                said = {"image": item.image.name, "class": label.name}
                raise Refusal(words % said, code="attribute_missing", field="images")
            if (item.image_id, label.pk) not in there:
                unit.complete(item.image, label)
    unit.write()


def _asked_of(item: WorkImage, known: Sequence[LabelClass], asked: dict[int, set[int]]) -> list[LabelClass]:
    wanted = asked.get(item.job_id)
    return [label for label in known if wanted is None or label.pk in wanted]


def _locked(project: Project, ids: Collection[int], *states: str) -> list[WorkImage]:
    rows = (
        WorkImage.objects.select_for_update(of=("self",))
        .select_related("image", "job__project", "worker")
        .order_by("image_id")
    )
    # What people label apart is settled by what they agree on.
    return list(rows.filter(job__project=project, job__overlap=1, image__in=ids, state__in=states))


def _settle(actor: User, project: Project, decided: Collection[int]) -> None:
    """Ends samples that hold one of these images and are decided now: the rest is accepted, or left to be looked at."""
    if not decided:
        return
    for sample in WorkSample.objects.filter(job__project=project, passed=None).select_related("job"):
        states = list(WorkImage.objects.filter(image__in=sample.images).values_list("state", flat=True))
        wrong = states.count(State.RETURNED)
        if wrong > sample.most_errors:
            sample.passed = False
        elif State.SUBMITTED not in states:
            sample.passed = True
        else:
            continue
        sample.save(update_fields=["passed"])
        audit.record(actor, "job.sample_decided", sample.job, project=project, passed=sample.passed, wrong=wrong)
        if sample.passed:
            rest = sample.job.images.filter(state=State.SUBMITTED, submitted_at__lte=sample.created_at)
            _accept(actor, project, list(rest.values_list("image_id", flat=True)))
