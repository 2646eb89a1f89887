"""The plan of a run: which stages run, and what share of the progress each has."""

from __future__ import annotations

from training.protocol.job import Job

SHARES = {"prepare": 2.0, "source": 60.0, "verify": 35.0, "relearn": 20.0, "train": 60.0, "suggest": 3.0}
AUTO_TRAIN_SHOTS = 20
FEW_IMAGES = 3


def wants_training(job: Job) -> bool:
    """Whether this run fine-tunes a detector."""
    return job.train.mode == "always" or (job.train.mode == "auto" and job.count_shots() >= AUTO_TRAIN_SHOTS)


def in_few_images(job: Job, class_id: int) -> bool:
    """Whether so few images hold a class's shots that they cannot show how it varies."""
    return sum(bool(image.shots_of(class_id)) for image in job.images) <= FEW_IMAGES


def wants_self_training(job: Job) -> bool:
    """Whether sure finds may teach a class of this run too."""
    return any(in_few_images(job, class_id) for class_id in job.classes)


def stage_shares(job: Job) -> dict[str, float]:
    """The stages of a job with their rough share of its time."""
    if job.kind == "detect":
        return {"prepare": 5.0, "detect": 95.0}
    if job.kind == "similar":
        return {"index": 95.0, "search": 5.0}
    absent = {"train": not wants_training(job), "relearn": not wants_self_training(job)}
    return {name: share for name, share in SHARES.items() if not absent.get(name)}
