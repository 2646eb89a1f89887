"""Features of images: from the cache where they are known, else from models that are loaded only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from training.engine.core.arrays import ByteArray, FloatArray
from training.engine.core.dense import Anchors, Dense
from training.engine.events import Emitter
from training.engine.storage.feature_cache import FeatureCache, pack_crops, pack_dense, unpack_crops, unpack_dense
from training.engine.tuning import DEFAULTS, Tuning, changed
from training.engine.vision import images as pictures
from training.engine.vision import weights
from training.engine.vision.augmentation import Plan, Variation
from training.engine.vision.crop_cache import KnownCrops, unit
from training.engine.vision.detector import Detector, YoloDetector
from training.engine.vision.encoder import ENCODERS, CropEncoder, Encoder
from training.engine.vision.keypoints import Keypoints, keypoints_of
from training.engine.vision.networks import Networks
from training.engine.vision.weight_table import find
from training.protocol import events
from training.protocol.job import JobImage
from training.protocol.results import UsedWeights


class WeightStore:
    """Pretrained weights of this run: each is resolved once, told as an event, and remembered for the result."""

    def __init__(self, folder: Path, emitter: Emitter, networks: Networks | None = None) -> None:
        """networks: of this process, which may know a file already."""
        self._folder = folder
        self._emitter = emitter
        self._known = (networks or Networks()).weights
        self._found: dict[str, weights.ResolvedWeight] = {}

    def get(self, name: str) -> weights.ResolvedWeight:
        """The file, fetched if need be. Raises WeightsUnavailable."""
        name = find(name).name
        if name not in self._found:
            if name not in self._known:
                self._known[name] = weights.resolve(name, self._folder, self._report)
            found = self._found[name] = self._known[name]
            weight = found.weight
            self._emitter.emit(events.Weights(weight.name, weight.sha256, found.origin, weight.licence))
        return self._found[name]

    def _report(self, name: str, origin: str, done: int, total: int | None) -> None:
        if done in (0, total):
            text = "Fetching" if done == 0 else "Fetched"
            self._emitter.log("weights_download", f"{text} {name} ({origin}).", name=name, done=done, total=total)

    def used(self) -> list[UsedWeights]:
        """What this run was made with."""
        return [
            {"name": found.weight.name, "sha256": found.weight.sha256, "origin": found.origin}
            for found in self._found.values()
        ]


class Models:
    """The frozen networks of a run, each loaded when first needed, and the last image that was opened.

    networks: of this process, which may have loaded them already.
    """

    def __init__(
        self, weight_store: WeightStore, folder: Path, device: str, budget: str, encoder: str,
        tuning: Tuning = DEFAULTS, networks: Networks | None = None,
    ) -> None:  # fmt: skip
        self._kind = ENCODERS[encoder]
        self.tuning = tuning
        self._detector_weights, self._encoder_weights = (
            weight_store.get(tuning.detector.weights(budget)),
            weight_store.get(self._kind.weights),
        )
        self._crop_side = tuning.encoder.crop_side(self._kind.side, budget)
        self._folder = folder
        self._device = device
        self._last: tuple[tuple[int, Path], ByteArray] | None = None
        self._weight_store = weight_store
        self._networks = networks or Networks()
        self.dim = self._kind.dim
        self.detector_key = _key(self._detector_weights, tuning)
        self.encoder_key = f"{self._encoder_weights.weight.sha256[:16]}-{self._crop_side}-3{changed(tuning.encoder)}"

    @cached_property
    def detector(self) -> Detector:
        """The frozen detector."""
        return self._detector(self._detector_weights)

    @cached_property
    def _second_weights(self) -> weights.ResolvedWeight:
        return self._weight_store.get(self.tuning.detector.second)

    @property
    def second_key(self) -> str:
        """Of the second detector. Raises WeightsUnavailable."""
        return _key(self._second_weights, self.tuning)

    @cached_property
    def second(self) -> Detector:
        """The second detector, pretrained on other data. Raises WeightsUnavailable."""
        return self._detector(self._second_weights)

    def _detector(self, found: weights.ResolvedWeight) -> Detector:
        sha256, tuning = found.weight.sha256, self.tuning
        loaded: Detector = self._networks.frozen(
            ("detector", sha256, self._device, tuning.detector, tuning.network),
            lambda: YoloDetector(found.path, sha256, self._device, self._folder, tuning),
        )
        return loaded

    @cached_property
    def encoder(self) -> Encoder:
        """The crop encoder."""
        found, side, tuning = self._encoder_weights, self._crop_side, self.tuning
        sha256 = found.weight.sha256
        loaded: Encoder = self._networks.frozen(
            ("encoder", sha256, self._device, side, tuning.encoder, tuning.network),
            lambda: CropEncoder(self._kind, found.path, sha256, self._device, self._folder, side, tuning),
        )
        return loaded

    def pixels(self, image: JobImage) -> ByteArray:
        """The decoded image; the last one is kept, since several features of one image are asked for in turn."""
        if self._last is None or self._last[0] != (image.id, image.path):
            self._last = ((image.id, image.path), pictures.decode(image.path))
        return self._last[1]


def _key(found: weights.ResolvedWeight, tuning: Tuning) -> str:
    """The file's hash stands for its name: another detector in its place changes no other setting."""
    usual = type(tuning.detector)()
    settings = replace(tuning.detector, fast=usual.fast, best=usual.best, second=usual.second)
    return f"{found.weight.sha256[:16]}{changed(settings)}"


class Features:
    """Dense features and crop features of images, by content; the detector sees images at one side (pixels).

    second: dense features are those of the second detector.
    """

    def __init__(
        self, models: Models, cache: FeatureCache, hashes: dict[int, str], side: int | None = None, *,
        second: bool = False,
    ) -> None:  # fmt: skip
        side = side or models.tuning.detector.fast_sizes[0]
        self._models = models
        self._tuning = models.tuning
        self._cache = cache
        self._hashes = hashes
        self._side = side
        self.dim = models.dim
        self._second = second
        self.detector_key = f"{models.second_key if second else models.detector_key}-{side}-2"
        self.encoder_key = models.encoder_key

    def at(self, side: int) -> Features:
        """The same images as the detector sees them at another side."""
        return self if side == self._side else Features(self._models, self._cache, self._hashes, side)

    def by_second(self) -> Features:
        """The same images as the second detector sees them. Raises WeightsUnavailable."""
        side = self._tuning.detector.second_side
        return Features(self._models, self._cache, self._hashes, side, second=True)

    def of(self, hashes: dict[int, str]) -> Features:
        """The same networks for other images: sha256 by image id."""
        return Features(self._models, self._cache, hashes, self._side)

    def dense(self, image: JobImage) -> Dense:
        """Dense features of the image as it is."""
        return self._dense(image, None, "plain")

    def look(self, image: JobImage) -> tuple[Dense, Anchors]:
        """The same, and the boxes of all anchors, which are kept nowhere."""
        dense, anchors = self._models.detector.look(self._models.pixels(image), self._side)
        self._cache.put(pack_dense(dense), self.detector_key, self._hashes[image.id], "plain")
        return dense, anchors

    def view(
        self, image: JobImage, boxes: FloatArray, number: int, how: Variation, seed: int
    ) -> tuple[Dense, FloatArray]:
        """Dense features of a variation of the image, with its boxes; number and seed say which variation."""
        width, height = self.dense(image).size
        content = int(self._hashes[image.id][:8], 16)
        plan = Plan.draw(
            (width, height), how, np.random.default_rng([seed, content, number]), self._tuning.augmentation
        )
        dense = self._dense(image, plan, f"{how}|{number}|{seed}{changed(self._tuning.augmentation)}")
        return dense, plan.boxes(boxes)

    def _dense(self, image: JobImage, plan: Plan | None, name: str) -> Dense:
        key = (self.detector_key, self._hashes[image.id], name)
        known = self._cache.get(*key)
        if known is not None:
            return unpack_dense(known)
        pixels = self._models.pixels(image)
        detector = self._models.second if self._second else self._models.detector
        dense = detector.dense(pixels if plan is None else plan.pixels(pixels), self._side)
        self._cache.put(pack_dense(dense), *key)
        return dense

    def crops(self, image: JobImage, boxes: FloatArray) -> FloatArray:
        """(n, dim) unit features of boxes of an image."""
        return self.crops_of([(image, boxes)])[0]

    def crops_of(self, asked: Sequence[tuple[JobImage, FloatArray]]) -> list[FloatArray]:
        """(n, dim) unit features of boxes of each image. Several images at once keep the encoder busier than one."""
        keys = [(self.encoder_key, self._hashes[image.id], "crops") for image, _ in asked]
        books = [
            KnownCrops(unpack_crops(self._cache.get(*key)) if len(boxes) else {}, self._tuning.encoder.snap)
            for key, (_, boxes) in zip(keys, asked, strict=True)
        ]  # fmt: skip
        unseen = [book.unseen(boxes) for book, (_, boxes) in zip(books, asked, strict=True)]
        counts = [len(boxes) for boxes in unseen]
        if any(counts):
            places = (
                (self._models.pixels(image), box) for (image, _),
                boxes in zip(asked, unseen, strict=True) for box in boxes
            )  # fmt: skip
            rows = np.split(self._models.encoder.encode(places), np.cumsum(counts)[:-1])
            for key, book, boxes, mine in zip(keys, books, unseen, rows, strict=True):
                if len(boxes):
                    book.learn(boxes, mine)
                    self._cache.put(pack_crops(book.known), *key)
        nothing = np.zeros((0, self.dim), dtype=np.float32)
        return [
            unit(book.features(boxes)) if len(boxes) else nothing
            for book, (_, boxes) in zip(books, asked, strict=True)
        ]  # fmt: skip

    def keypoints(self, image: JobImage, box: FloatArray) -> Keypoints:
        """Local features of a box (4,) of an image; they take milliseconds, and no cache."""
        return keypoints_of(self._models.pixels(image), box, self._tuning.sift)


def stacked(parts: Sequence[np.ndarray], width: int) -> FloatArray:
    """Rows of several arrays, also of none."""
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros((0, width), dtype=np.float32)
