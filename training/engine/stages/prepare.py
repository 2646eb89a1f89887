"""Stage: every image of the job is looked at once; what cannot be read is left out and named."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.engine.run import Run
from training.engine.storage.files import Arrays
from training.engine.vision import images as pictures
from training.protocol.errors import BadImage, NoShots
from training.protocol.hashing import sha256_of
from training.protocol.job import Job, JobImage


def _check_shots(job: Job) -> None:
    for class_id, name in job.classes.items():
        if not job.count_shots(class_id):
            raise NoShots(f"The class {name} has no box yet: draw at least one.", class_id=class_id)


def prepare(run: Run) -> None:
    """Hashes and sizes of all images; what cannot be read is named and left out."""

    def work() -> tuple[Any, Arrays]:
        hashes, sizes, bad = {}, {}, {}
        total = len(run.job.images)
        for done, image in enumerate(run.job.images, start=1):
            try:
                hashes[str(image.id)], sizes[str(image.id)] = _look_at(image)
            except BadImage as error:
                bad[str(image.id)] = error.text
            run.emitter.progress("prepare", done, total)
        return {"hashes": hashes, "sizes": sizes, "bad": bad}, {"empty": np.zeros(0)}

    result, _ = run.stage("prepare", work)
    run.hashes = {int(key): value for key, value in result["hashes"].items()}
    run.sizes = {int(key): (int(value[0]), int(value[1])) for key, value in result["sizes"].items()}
    for image_id, text in result["bad"].items():
        run.emitter.log("bad_image", f"{text} It is left out.", level="warning", image=int(image_id))
    for image in run.job.images:
        given = run.hashes.get(image.id)
        if given and image.sha256 and given != image.sha256:
            text = f"The image {image.path.name} is not the file that the job names; it is used as it is now."
            run.emitter.log("image_changed", text, level="warning", image=image.id)
    if run.job.kind == "autolabel":
        _check_readable_shots(run)


def _look_at(image: JobImage) -> tuple[str, tuple[int, int]]:
    try:
        digest = sha256_of(image.path)
    except OSError as error:
        raise BadImage(f"The image file {image.path.name} cannot be read: {error.strerror}.") from error
    return digest, pictures.size_of(image.path)


def _check_readable_shots(run: Run) -> None:
    for class_id, name in run.job.classes.items():
        shots = sum(len(image.shots_of(class_id)) for image in run.job.images if image.id in run.hashes)
        if not shots:
            raise BadImage(f"No image with a box of {name} can be read.", class_id=class_id)
        if shots < 5:
            few = f"{name} has {shots} {'box' if shots == 1 else 'boxes'}"
            text = f"{few}: suggestions are rough, their quality cannot be measured yet, and all wait for a person."
            run.emitter.log("few_shots", text, level="warning", class_id=class_id, shots=shots)
    if not run.job.targets:
        run.emitter.log("no_targets", "There is no image to label; only the model is made.", level="warning")
