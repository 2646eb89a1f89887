"""The step that stores: part by part, first pictures that are new, then labels; begun again it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO

from django.db import transaction

from annotations.closed_images import closed_to
from annotations.imports import notices
from annotations.imports.labels import Item, Labels, in_transactions
from annotations.imports.pictures import known_by_hash
from annotations.imports.placing import Pair
from annotations.imports.source import Source, open_source
from annotations.locking import BATCH
from annotations.models import ImportedImage, LabelImport, SuggestionBatch
from annotations.splits import actions as splits
from projects import audit
from projects.bin.actions import bring_pictures_back
from projects.hashing import sha256_of_bytes
from projects.images import storing
from projects.images.pictures import PictureError
from projects.images.storing import DecodedPicture, StoreResult, clean_name
from projects.jobs.hold import Hold, letting_others_write

PICTURES = 20  # decoded at once
IMAGES = 1000  # looked at at once where they have no pictures to decode
HELD_BYTES = 64 * 2**20  # of pictures that are decoded at once, as they lie in the zip


def store(hold: Hold[LabelImport], stream: IO[bytes]) -> None:
    """Raises LostJob, PictureError, FormatError."""
    job = hold.job
    with hold.beating():
        source = open_source(stream, job.name, job.dataset)
    pairs = source.placed.pairs
    if job.batch is None and job.preview["predictions"]:
        batch = SuggestionBatch.objects.create(
            project=job.project, created_by=job.created_by, model=_model(job.preview["model"] or job.name)
        )
        hold.report(batch=batch)
    labels = Labels.of(job)
    extra = source.placed.unlabelled if labels.choices.pictures else []
    hold.report(total=len(pairs) + len(extra), problems=_merged(job.problems, source.problems))
    done, finished = 0, set(job.images.filter(labelled=True).values_list("image_id", flat=True))
    put: dict[str, list[int]] = {}
    for part in _parts(source, pairs):
        found = _images(hold, source, part)
        for image, item in zip((image for image, _place in part), found, strict=True):
            if item is not None and image.split:
                put.setdefault(image.split, []).append(item.image)
        items = _open_to(hold, [item for item in found if item is not None and item.image not in finished])
        for few in in_transactions(items, BATCH):
            done += len(few)
            with letting_others_write():
                write_part(hold, labels, few, done)
        done += len(part) - len(items)
        hold.tick(done, job.total)
    for paths in _each(extra, PICTURES):
        _bring(hold, source, paths)
        done += len(paths)
        hold.report(done=done)
    if labels.choices.splits and put:
        assert job.created_by is not None

        before = splits.put(job.created_by, job.project, put).before
        hold.report(splits={split: [*job.splits.get(split, []), *ids] for split, ids in before.items()})
    counts = {"scaled": source.placed.scaled, "turned": source.placed.turned, "outside": source.placed.lost}
    job.counts |= {name: n for name, n in counts.items() if n}
    for what, name in ((notices.ATTRIBUTES_LEFT, "attributes_left"), (notices.TAGS_LEFT, "tags_left")):
        if job.counts.get(name):
            job.notices.append(notices.row(what, n=job.counts[name]))
    hold.report(done=job.total, counts=job.counts, notices=job.notices)
    audit.record(job.created_by, "labels.imported", job.name, project=job.project, **job.counts)


def _open_to(hold: Hold[LabelImport], items: Sequence[Item]) -> list[Item]:
    """Those of images that are the importer's to change; of the others it is told that they are left out."""
    job = hold.job
    assert job.created_by is not None
    closed = closed_to(job.created_by, job.project, [item.image for item in items])
    rows = [notices.row(notices.CLOSED, item.labelled.name) for item in items if item.image in closed]
    if rows:
        hold.report(problems=_merged(job.problems, rows))
    return [item for item in items if item.image not in closed]


@transaction.atomic
def write_part(hold: Hold[LabelImport], labels: Labels, items: Sequence[Item], done: int) -> None:
    """All labels of these images, in one transaction. done: images that are through with these. Raises LostJob."""
    job, written = hold.job, labels.write(items)
    more = {"problems": (job.problems + written.problems)[: notices.MOST]} if written.problems else {}
    hold.report(done=done, counts=dict(Counter(job.counts) + written.counts), **more)


def _model(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:100] or "?"


def _merged(rows: list[notices.Row], more: Sequence[notices.Row]) -> list[notices.Row]:
    return [*rows, *(row for row in more if row not in rows)][: notices.MOST]


def _parts(source: Source, pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Some at a time: few where there are pictures to decode, which wait in memory."""
    part: list[Pair] = []
    pictures = held = 0
    for image, place in pairs:
        part.append((image, place))
        if place.path is not None:
            pictures += 1
            held += source.archive.pictures[place.path].size
        if len(part) >= IMAGES or pictures >= PICTURES or held >= HELD_BYTES:
            yield part
            part, pictures, held = [], 0, 0
    if part:
        yield part


def _images(hold: Hold[LabelImport], source: Source, part: Sequence[Pair]) -> list[Item | None]:
    """The project's image of each, which is made where it is new; None where its picture cannot be read."""
    paths = [place.path for _image, place in part if place.path is not None]
    brought = _bring(hold, source, paths) if paths else {}
    ids = [place.image.id if place.image else brought.get(place.path or "") for _image, place in part]
    return [None if pk is None else Item(image, pk) for (image, _place), pk in zip(part, ids, strict=True)]


def _bring(hold: Hold[LabelImport], source: Source, paths: Sequence[str]) -> dict[str, int]:
    """Pictures of the archive into the dataset, each once; the image of each path. Raises LostJob."""
    job = hold.job
    data: dict[str, bytes] = {}
    problems: list[notices.Row] = []
    for path in paths:
        try:
            data[path] = source.archive.pictures[path].read_bytes()
        except PictureError as error:
            problems.append(notices.of_picture(path, error))
    hashes = {path: sha256_of_bytes(content) for path, content in data.items()}
    bring_pictures_back(job.created_by, job.dataset, set(hashes.values()))
    images = {sha256: known.id for sha256, known in known_by_hash(job.dataset, list(hashes.values())).items()}
    decoded: dict[str, DecodedPicture] = {}
    for path, sha256 in hashes.items():
        if sha256 in images or sha256 in decoded:
            continue
        try:
            decoded[sha256] = storing.decode(clean_name(path), data[path], path)
        except PictureError as error:
            problems.append(notices.of_picture(path, error))

    counts, all_problems = job.counts, _merged(job.problems, problems)

    def note(stored: StoreResult) -> None:  # once more where somebody adds one of them at the same moment
        ImportedImage.objects.bulk_create([ImportedImage(job=job, image=image, added=True) for image in stored.added])
        added = counts.get("added", 0) + len(stored.added)
        hold.report(counts=counts | {"added": added}, problems=all_problems)

    if decoded:
        storing.store(job.created_by, job.dataset, list(decoded.values()), note)
        images |= {sha256: known.id for sha256, known in known_by_hash(job.dataset, list(decoded)).items()}
    elif problems:
        hold.report(problems=all_problems)
    return {path: images[sha256] for path, sha256 in hashes.items() if sha256 in images}


def _each(paths: Iterable[str], most: int) -> Iterator[list[str]]:
    rest = iter(paths)
    while part := list(islice(rest, most)):
        yield part
