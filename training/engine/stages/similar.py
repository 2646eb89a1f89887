"""More like this: crops of all images ranked by how alike they are to one box, or whole images to one image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import faiss
import numpy as np

from training.engine import runtime
from training.engine.class_model.head import Fitter, sample
from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import as_boxes, ios, iou, nms
from training.engine.core.dense import Dense, View
from training.engine.events import Emitter
from training.engine.run import Run
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import write_json
from training.engine.tuning import Tuning
from training.engine.tuning.stages import SimilarSettings
from training.engine.vision.crop_cache import unit
from training.engine.vision.features import Features
from training.protocol.errors import BadImage
from training.protocol.hashing import sha256_of
from training.protocol.job import Job, JobImage, Similar
from training.protocol.results import FILE, Match, Matches

FORM = 1


@dataclass(frozen=True, slots=True)
class Index:
    """Unit features of candidate boxes, row by row over all images. whole: the row is an image itself."""

    image: IntArray
    xyxy: FloatArray
    whole: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, entries: list[tuple[int, FloatArray, np.ndarray]]) -> Index:
        """From each image's id, boxes (the image itself first) and features."""
        image = np.concatenate([np.full(len(boxes), number, dtype=np.int64) for number, boxes, _ in entries])
        whole = np.concatenate([np.arange(len(boxes)) == 0 for _, boxes, _ in entries])
        boxes = np.concatenate([boxes for _, boxes, _ in entries])
        return cls(image, boxes, whole, np.concatenate([rows for _, _, rows in entries]))


def search(run: Run) -> None:
    """Does a `similar` job: matches, best first, in suggestions.json. Their similarity is a cosine, no probability."""
    wanted = run.job.similar
    assert wanted is not None
    run.emitter.stage("index", "started")
    began = run.emitter.elapsed
    hashes = dict(_hashes(run.job, run.emitter))
    if wanted.image not in hashes:
        raise BadImage("The image to compare with cannot be read.")
    features = run.features(hashes)
    matches = _within(run, features, wanted) if wanted.within else _everywhere(run, features, hashes, wanted)
    run.emitter.stage("search", "finished", 0.0)
    run.emitter.log("matched", f"{len(matches)} places that look alike.", matches=len(matches))
    found: Matches = {
        "matches": matches,
        "info": {
            "seconds": {"search": round(run.emitter.elapsed - began, 3)}, "versions": runtime.versions(),
            "weights": run.weight_store.used(), "device": runtime.device_words(run.device), "images": len(hashes),
        },
    }  # fmt: skip
    write_json(run.job.workdir / FILE, found)


def _hashes(job: Job, emitter: Emitter) -> Iterator[tuple[int, str]]:
    """What the job says each file is: to read thousands of files again would take longer than the search."""
    for image in job.images:
        try:
            yield image.id, image.sha256 or sha256_of(image.path)
        except OSError as error:
            text = f"The image file {image.path.name} cannot be read: {error.strerror}. It is left out."
            emitter.log("bad_image", text, level="warning", image=image.id)


def is_at_hand(job: Job, features: Features, settings: SimilarSettings) -> bool:
    """Whether a search over the job's images comes within a second or two, nearly all of them being in the index."""
    kept = FeatureCache(job.cache_dir / "similar", settings.cache_bytes)
    new = sum(not kept.path(*_key(features, image.sha256 or "")).is_file() for image in job.images)
    return new <= settings.most_new and len(job.images) <= settings.most_images


def _key(features: Features, sha256: str) -> tuple[str, str, str, int]:
    return features.detector_key, features.encoder_key, sha256, FORM


# --- over many images -------------------------------------------------------------------------------------------------
def _everywhere(run: Run, features: Features, hashes: dict[int, str], wanted: Similar) -> list[Match]:
    settings = run.tuning.similar
    cache = FeatureCache(run.job.cache_dir / "similar", settings.cache_bytes)
    entries = list(_entries(run, features, hashes, cache))
    run.emitter.stage("index", "finished", run.emitter.elapsed)
    run.emitter.stage("search", "started")
    if wanted.image not in {number for number, _, _ in entries}:
        raise BadImage("The image to compare with cannot be read.")
    query = _query(run.job, features, wanted, entries)
    return ranked(Index.of(entries), query, wanted, settings, run.tuning.suppression.inside)


def _entries(
    run: Run, features: Features, hashes: dict[int, str], kept: FeatureCache
) -> Iterator[tuple[int, FloatArray, np.ndarray]]:
    """Each readable image's candidates with their features: from the index on disk, else made now and put there."""
    images = [image for image in run.job.images if image.id in hashes]
    for done, image in enumerate(images, start=1):
        key = _key(features, hashes[image.id])
        known = kept.get(*key)
        if known is None:
            try:
                dense = features.dense(image)
                boxes = np.concatenate([as_boxes([[0, 0, *dense.size]]), dense.proposals.xyxy])
                known = {"boxes": boxes, "rows": features.crops(image, boxes).astype(np.float16)}
            except BadImage as error:
                run.emitter.log("bad_image", f"{error.text} It is left out.", level="warning", image=image.id)
                continue
            kept.put(known, *key)
        yield image.id, known["boxes"], known["rows"]
        run.emitter.progress("index", done, len(images))
    kept.prune()


def _query(
    job: Job, features: Features, wanted: Similar, entries: list[tuple[int, FloatArray, np.ndarray]]
) -> FloatArray:
    if wanted.xyxy is None:
        rows = next(rows for number, _, rows in entries if number == wanted.image)
        return np.asarray(rows[:1], dtype=np.float32)
    return features.crops(_image(job, wanted.image), as_boxes([wanted.xyxy]))


def _image(job: Job, image_id: int) -> JobImage:
    return next(image for image in job.images if image.id == image_id)


def ranked(index: Index, query: FloatArray, wanted: Similar, settings: SimilarSettings, inside: float) -> list[Match]:
    """The most alike rows, at most one per object and a few per image, without the query itself.

    inside: the IoS from which a box is a part of another.
    """
    rows = np.flatnonzero(index.whole if wanted.xyxy is None else ~index.whole)
    found: list[Match] = []
    taken: dict[int, list[FloatArray]] = {wanted.image: [as_boxes([wanted.xyxy])[0]]} if wanted.xyxy else {}
    counts: dict[int, int] = {}
    for row, similarity in _nearest(index.features[rows], query, settings.depth * wanted.top, settings):
        number, box = int(index.image[rows[row]]), index.xyxy[rows[row]]
        if wanted.xyxy is None and number == wanted.image:
            continue
        there = taken.setdefault(number, [])
        if there and _on_one_of(box, np.stack(there), settings.same_object, inside):
            continue
        if counts.get(number, 0) >= wanted.per_image:
            continue
        there.append(box)
        counts[number] = counts.get(number, 0) + 1
        found.append(_match(number, box, similarity))
        if len(found) == wanted.top:
            break
    return found


def _on_one_of(box: FloatArray, others: FloatArray, same: float, inside: float) -> bool:
    """Whether a box shows an object that is shown already, whole or in part."""
    return bool(iou(box[None], others).max() >= same or ios(box[None], others).max() >= inside)


def _nearest(features: np.ndarray, query: FloatArray, most: int, settings: SimilarSettings) -> list[tuple[int, float]]:
    """Rows by cosine to the query, best first, after what all these pictures share (their mean) was taken away."""
    if not len(features):
        return []
    mean = np.zeros((1, features.shape[1]), dtype=np.float32)
    if len(features) >= settings.few:
        mean = features.mean(axis=0, dtype=np.float32, keepdims=True)
    index = faiss.IndexScalarQuantizer(
        features.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )  # half the memory of single precision
    index.train(np.zeros((1, features.shape[1]), dtype=np.float32))
    for start in range(0, len(features), settings.chunk):
        index.add(unit(features[start : start + settings.chunk].astype(np.float32) - mean))
    similarity, row = index.search(unit(query - mean), min(most, len(features)))
    return [(int(at), float(value)) for at, value in zip(row[0], similarity[0], strict=True) if at >= 0]


# --- within one image -------------------------------------------------------------------------------------------------
def _within(run: Run, features: Features, wanted: Similar) -> list[Match]:
    """A head fitted to the one box finds what is no class of the generic detector; the encoder ranks what both
    found.
    """
    settings = run.tuning.similar
    image = _image(run.job, wanted.image)
    dense = features.dense(image)
    run.emitter.progress("index", 1, 2)
    assert wanted.xyxy is not None
    query = as_boxes([wanted.xyxy])
    candidates = _candidates_within(dense, image, query, run.job.seed, run.tuning)
    if not len(candidates):
        return []
    rows = features.crops(image, np.concatenate([query, candidates]))
    run.emitter.stage("index", "finished", run.emitter.elapsed)
    run.emitter.stage("search", "started")
    similarity = rows[1:] @ rows[0]
    keep = nms(candidates, similarity, 1 - settings.same_object)
    apart = ios(query, candidates)[0] < settings.part
    alike = [int(row) for row in keep if similarity[row] >= settings.least_within and apart[row]]
    return [_match(image.id, candidates[row], float(similarity[row])) for row in alike[: settings.most_within]]


def _candidates_within(dense: Dense, image: JobImage, query: FloatArray, seed: int, tuning: Tuning) -> FloatArray:
    settings = tuning.similar
    counter_examples = as_boxes(
        [box.xyxy for box in image.boxes if iou(as_boxes([box.xyxy]), query).max() < settings.same_object]
    )
    view = View(dense, query, counter_examples, False, image.id)
    head = Fitter(sample([view], seed, tuning.head), tuning.head).fit()
    own, _ = head.boxes(dense, head.logits(dense), settings.candidates_within)
    boxes = np.concatenate([own.xyxy, dense.proposals.xyxy])
    sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) / max(float(np.prod(query[0, 2:] - query[0, :2])), 1.0)
    return as_boxes(boxes[(sizes >= settings.size_range**2) & (sizes <= 1 / settings.size_range**2)])


def _match(number: int, box: FloatArray, similarity: float) -> Match:
    return {
        "image": number, "xyxy": [round(float(edge), 2) for edge in box],
        "similarity": round(min(max(similarity, 0.0), 1.0), 4),
    }  # fmt: skip
