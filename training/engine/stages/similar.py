"""More like this: crops of all images ranked by how alike they are to one box, or whole images to one image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import faiss
import numpy as np

from training.engine import runtime
from training.engine.class_model.head import Fitter, sample
from training.engine.class_model.suppression import INSIDE
from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import as_boxes, ios, iou, nms
from training.engine.core.dense import Dense, View
from training.engine.run import Run
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import write_json
from training.engine.vision.crop_cache import unit
from training.protocol.errors import BadImage
from training.protocol.hashing import sha256_of
from training.protocol.job import JobImage, Similar
from training.protocol.results import FILE, Match, Matches

FORM = 1
LIMIT_BYTES = 2_000_000_000  # 70 kB an image: about 30,000 images
FEW = 50  # rows below which their mean says more of one object than of the pictures
SAME_OBJECT = 0.5
DEPTH = 30  # rows looked at for each that is wanted, since some lie on one object
CHUNK = 20_000
WITHIN_MOST = 20
WITHIN_CANDIDATES = 80
WITHIN_LEAST = 0.68
PART = 0.4  # of the smaller box: more of it inside the query is a part of the same object
QUERY_SHARE = 0.35  # how much smaller or larger (in area) than the query a find in the same image may be


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
    run.hashes = dict(_hashes(run))
    if wanted.image not in run.hashes:
        raise BadImage("The image to compare with cannot be read.")
    matches = _within(run, wanted) if wanted.within else _everywhere(run, wanted)
    run.emitter.stage("search", "finished", 0.0)
    run.emitter.log("matched", f"{len(matches)} places that look alike.", matches=len(matches))
    found: Matches = {
        "matches": matches,
        "info": {
            "seconds": {"search": round(run.emitter.elapsed - began, 3)}, "versions": runtime.versions(),
            "weights": run.weight_store.used(), "device": runtime.device_words(run.device), "images": len(run.hashes),
        },
    }  # fmt: skip
    write_json(run.job.workdir / FILE, found)


def _hashes(run: Run) -> Iterator[tuple[int, str]]:
    """What the job says each file is: to read thousands of files again would take longer than the search."""
    for image in run.job.images:
        try:
            yield image.id, image.sha256 or sha256_of(image.path)
        except OSError as error:
            text = f"The image file {image.path.name} cannot be read: {error.strerror}. It is left out."
            run.emitter.log("bad_image", text, level="warning", image=image.id)


# --- over many images -------------------------------------------------------------------------------------------------
def _everywhere(run: Run, wanted: Similar) -> list[Match]:
    entries = list(_entries(run, FeatureCache(run.job.cache_dir / "similar", LIMIT_BYTES)))
    run.emitter.stage("index", "finished", run.emitter.elapsed)
    run.emitter.stage("search", "started")
    if wanted.image not in {number for number, _, _ in entries}:
        raise BadImage("The image to compare with cannot be read.")
    return ranked(Index.of(entries), _query(run, wanted, entries), wanted)


def _entries(run: Run, kept: FeatureCache) -> Iterator[tuple[int, FloatArray, np.ndarray]]:
    """Each readable image's candidates with their features: from the index on disk, else looked at now and put there."""
    images = [image for image in run.job.images if image.id in run.hashes]
    features = run.features
    for done, image in enumerate(images, start=1):
        key = (features.detector_key, features.encoder_key, run.hashes[image.id], FORM)
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


def _query(run: Run, wanted: Similar, entries: list[tuple[int, FloatArray, np.ndarray]]) -> FloatArray:
    if wanted.xyxy is None:
        rows = next(rows for number, _, rows in entries if number == wanted.image)
        return np.asarray(rows[:1], dtype=np.float32)
    return run.features.crops(run.images[wanted.image], as_boxes([wanted.xyxy]))


def ranked(index: Index, query: FloatArray, wanted: Similar) -> list[Match]:
    """The most alike rows, at most one per object and a few per image, without the query itself."""
    rows = np.flatnonzero(index.whole if wanted.xyxy is None else ~index.whole)
    found: list[Match] = []
    taken: dict[int, list[FloatArray]] = {wanted.image: [as_boxes([wanted.xyxy])[0]]} if wanted.xyxy else {}
    counts: dict[int, int] = {}
    for row, similarity in _nearest(index.features[rows], query, DEPTH * wanted.top):
        number, box = int(index.image[rows[row]]), index.xyxy[rows[row]]
        if wanted.xyxy is None and number == wanted.image:
            continue
        there = taken.setdefault(number, [])
        if there and _on_one_of(box, np.stack(there)):
            continue
        if counts.get(number, 0) >= wanted.per_image:
            continue
        there.append(box)
        counts[number] = counts.get(number, 0) + 1
        found.append(_match(number, box, similarity))
        if len(found) == wanted.top:
            break
    return found


def _on_one_of(box: FloatArray, others: FloatArray) -> bool:
    """Whether a box shows an object that is shown already, whole or in part."""
    return bool(iou(box[None], others).max() >= SAME_OBJECT or ios(box[None], others).max() >= INSIDE)


def _nearest(features: np.ndarray, query: FloatArray, most: int) -> list[tuple[int, float]]:
    """Rows by cosine to the query, best first, after what all these pictures share (their mean) was taken away."""
    if not len(features):
        return []
    mean = np.zeros((1, features.shape[1]), dtype=np.float32)
    if len(features) >= FEW:
        mean = features.mean(axis=0, dtype=np.float32, keepdims=True)
    index = faiss.IndexScalarQuantizer(
        features.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )  # half the memory of single precision
    index.train(np.zeros((1, features.shape[1]), dtype=np.float32))
    for start in range(0, len(features), CHUNK):
        index.add(unit(features[start : start + CHUNK].astype(np.float32) - mean))
    similarity, row = index.search(unit(query - mean), min(most, len(features)))
    return [(int(at), float(value)) for at, value in zip(row[0], similarity[0], strict=True) if at >= 0]


# --- within one image -------------------------------------------------------------------------------------------------
def _within(run: Run, wanted: Similar) -> list[Match]:
    """A head taught by the one box finds what the generic detector has no word for; the encoder ranks what both found."""
    image = run.images[wanted.image]
    dense = run.features.dense(image)
    run.emitter.progress("index", 1, 2)
    assert wanted.xyxy is not None
    query = as_boxes([wanted.xyxy])
    candidates = _candidates_within(dense, image, query, run.job.seed)
    if not len(candidates):
        return []
    rows = run.features.crops(image, np.concatenate([query, candidates]))
    run.emitter.stage("index", "finished", run.emitter.elapsed)
    run.emitter.stage("search", "started")
    similarity = rows[1:] @ rows[0]
    keep = nms(candidates, similarity, 1 - SAME_OBJECT)
    apart = ios(query, candidates)[0] < PART
    alike = [int(row) for row in keep if similarity[row] >= WITHIN_LEAST and apart[row]]
    return [_match(image.id, candidates[row], float(similarity[row])) for row in alike[:WITHIN_MOST]]


def _candidates_within(dense: Dense, image: JobImage, query: FloatArray, seed: int) -> FloatArray:
    counter_examples = as_boxes(
        [box.xyxy for box in image.boxes if iou(as_boxes([box.xyxy]), query).max() < SAME_OBJECT]
    )
    head = Fitter(sample([View(dense, query, counter_examples, False, image.id)], seed)).fit()
    own, _ = head.boxes(dense, head.logits(dense), WITHIN_CANDIDATES)
    boxes = np.concatenate([own.xyxy, dense.proposals.xyxy])
    sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) / max(float(np.prod(query[0, 2:] - query[0, :2])), 1.0)
    return as_boxes(boxes[(sizes >= QUERY_SHARE**2) & (sizes <= 1 / QUERY_SHARE**2)])


def _match(number: int, box: FloatArray, similarity: float) -> Match:
    return {
        "image": number, "xyxy": [round(float(edge), 2) for edge in box],
        "similarity": round(min(max(similarity, 0.0), 1.0), 4),
    }  # fmt: skip
