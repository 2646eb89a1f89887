"""The stages of a run: which of them a job runs, in which order, and how long each takes beside the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.protocol.job import Job
from training.protocol.limits import AUTO_TRAIN_SHOTS, FEW_IMAGES

SUGGESTIONS, TRAINING, MEASURING = "suggestions", "training", "measuring"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step. share: its rough part of a run's time, in any unit.

    part: what people wait for meanwhile: suggestions, training, or figures of the test split.
    """

    name: str
    share: float
    part: str = SUGGESTIONS


PREPARE = Stage("prepare", 2.0)
PROPOSE = Stage("propose", 60.0)
VERIFY = Stage("verify", 35.0)
SELF_TRAINING = Stage("self_training", 20.0)
SUGGEST = Stage("suggest", 3.0)
TRAIN = Stage("train", 60.0, TRAINING)
MEASURE = Stage("measure", 15.0, MEASURING)
DETECT = Stage("detect", 95.0)
INDEX = Stage("index", 95.0)
SEARCH = Stage("search", 5.0)
EXPORT = Stage("export", 95.0)
CROSS_FIT = Stage("cross_fit", 97.0)
RANK = Stage("rank", 1.0)
STORE = Stage("store", 1.0)  # the worker's own: it is counted, and not planned
AUTOLABEL = (PREPARE, PROPOSE, VERIFY, SELF_TRAINING, SUGGEST, TRAIN, MEASURE)
BY_KIND = {
    "autolabel": AUTOLABEL,
    "detect": (PREPARE, DETECT, MEASURE),
    "similar": (INDEX, SEARCH),
    "predict": (PREPARE, PROPOSE, VERIFY, SUGGEST),
    "export": (EXPORT,),
    "check": (PREPARE, CROSS_FIT, RANK),
}
ALL = (*AUTOLABEL[:-1], DETECT, MEASURE, INDEX, SEARCH, EXPORT, CROSS_FIT, RANK, STORE)
# What runs of earlier versions called them.
OLD_NAMES = {"source": PROPOSE.name, "relearn": SELF_TRAINING.name}


def current(name: str) -> str:
    """Today's name of a stage, for runs that an earlier version stored."""
    return OLD_NAMES.get(name, name)


def in_order(names: Iterable[str]) -> list[str]:
    """The stages of these names, old or new, in the order in which they run; others are left out."""
    known = {current(name) for name in names}
    return [stage.name for stage in ALL if stage.name in known]


def plan(job: Job) -> tuple[Stage, ...]:
    """The stages that this job runs, in order."""
    absent = {TRAIN: not trains(job), SELF_TRAINING: not trains_itself(job), MEASURE: not job.test}
    return tuple(stage for stage in BY_KIND[job.kind] if not absent.get(stage))


def certain(kind: str, train_mode: str) -> tuple[Stage, ...]:
    """The stages that a run has whatever its boxes are: all that can be said before there is a job."""
    absent = {TRAIN: train_mode != "always", SELF_TRAINING: True, MEASURE: True}
    return tuple(stage for stage in BY_KIND.get(kind, ()) if not absent.get(stage))


def trains(job: Job) -> bool:
    """Whether this run fine-tunes a detector."""
    return job.train.mode == "always" or (job.train.mode == "auto" and job.count_shots() >= AUTO_TRAIN_SHOTS)


def trains_itself(job: Job) -> bool:
    """Whether sure finds may teach a class of this run too."""
    return any(in_few_images(job, class_id) for class_id in job.classes)


def in_few_images(job: Job, class_id: int) -> bool:
    """Whether so few images hold a class's shots that they cannot show how it varies."""
    return sum(bool(image.shots_of(class_id)) for image in job.images) <= FEW_IMAGES
