"""Stage: every image of the job is opened once; what cannot be read is left out and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training.engine.events import Emitter
from training.engine.storage.files import Arrays
from training.engine.vision.image_size import size_of
from training.protocol.errors import BadImage, NoShots
from training.protocol.hashing import sha256_of
from training.protocol.job import Job, JobImage
from training.protocol.limits import MIN_SHOTS
from training.protocol.stages import PREPARE


@dataclass(frozen=True, slots=True)
class ReadableImages:
    """The images that can be read: sha256 and (width, height) of each by id.

    unreadable: what is wrong with the others.
    """

    hashes: dict[int, str]
    sizes: dict[int, tuple[int, int]]
    unreadable: dict[int, str]

    def targets(self, job: Job) -> list[JobImage]:
        """Images to label that can be read."""
        return [image for image in job.targets if image.id in self.hashes]

    def pack(self) -> tuple[Any, Arrays]:
        """For the stage's file."""
        tables: dict[str, dict[int, Any]] = {"hashes": self.hashes, "sizes": self.sizes, "bad": self.unreadable}
        plain = {name: {str(image_id): row for image_id, row in rows.items()} for name, rows in tables.items()}
        return plain, {}

    @classmethod
    def unpack(cls, value: Any, _arrays: Arrays) -> ReadableImages:
        """The inverse of pack."""
        hashes, sizes, bad = (
            {int(key): row for key, row in value[name].items()} for name in ("hashes", "sizes", "bad")
        )
        return cls(hashes, {key: (int(width), int(height)) for key, (width, height) in sizes.items()}, bad)


def check_shots(job: Job) -> None:
    """Raises NoShots for a class without a box."""
    for class_id, name in job.classes.items():
        if not job.count_shots(class_id):
            raise NoShots(f"The class {name} has no box yet: draw at least one.", class_id=class_id)


def prepare(job: Job, emitter: Emitter) -> ReadableImages:
    """Hashes and sizes of all images."""
    return read(job.images, lambda done: emitter.progress(PREPARE.name, done, len(job.images)))


def read(images: Sequence[JobImage], tick: Callable[[int], None]) -> ReadableImages:
    """Hashes and sizes of some images; tick hears how many are done."""
    found = ReadableImages({}, {}, {})
    for done, image in enumerate(images, start=1):
        try:
            found.hashes[image.id], found.sizes[image.id] = _open(image)
        except BadImage as error:
            found.unreadable[image.id] = error.text
        tick(done)
    return found


def _open(image: JobImage) -> tuple[str, tuple[int, int]]:
    try:
        digest = sha256_of(image.path)
    except OSError as error:
        raise BadImage(f"The image file {image.path.name} cannot be read: {error.strerror}.") from error
    return digest, size_of(image.path)


def report(job: Job, readable: ReadableImages, emitter: Emitter) -> None:
    """Names what is left out, and what is not as the job says. Raises BadImage where no shot of a class can be read."""
    report_unreadable(readable, emitter)
    for image in job.images:
        given = readable.hashes.get(image.id)
        if given and image.sha256 and given != image.sha256:
            text = f"The image {image.path.name} is not the file that the job names; it is used as it is now."
            emitter.log("image_changed", text, level="warning", image=image.id)
    if job.kind == "autolabel":
        _report_shots(job, readable, emitter)


def report_unreadable(readable: ReadableImages, emitter: Emitter) -> None:
    """Names what is left out."""
    for image_id, text in readable.unreadable.items():
        emitter.log("bad_image", f"{text} It is left out.", level="warning", image=image_id)


def _report_shots(job: Job, readable: ReadableImages, emitter: Emitter) -> None:
    for class_id, name in job.classes.items():
        shots = sum(len(image.shots_of(class_id)) for image in job.images if image.id in readable.hashes)
        if not shots:
            raise BadImage(f"No image with a box of {name} can be read.", class_id=class_id)
        if shots < MIN_SHOTS:
            few = f"{name} has {shots} {'box' if shots == 1 else 'boxes'}"
            text = f"{few}: suggestions are rough, their quality cannot be measured yet, and all wait for a person."
            emitter.log("few_shots", text, level="warning", class_id=class_id, shots=shots)
    if not job.targets:
        emitter.log("no_targets", "There is no image to label; only the model is made.", level="warning")
