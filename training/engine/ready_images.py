"""Click to box in a warm engine: the last images are kept ready, so that a click in one is answered at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from training.engine.class_model.objects import Verification
from training.engine.core.clicks import ClickBoxes, Point, anchors_near, rank
from training.engine.core.dense import Anchors
from training.engine.tuning.clicks import ClickSettings
from training.engine.vision.features import Features
from training.protocol.job import JobImage
from training.protocol.limits import MOST_READY_IMAGES

Verify = Callable[[JobImage], Mapping[int, Verification]]


@dataclass(frozen=True, slots=True)
class ReadyImage:
    """An image that was looked at. always: boxes of no class. of_models: candidates by the file of a class's model."""

    image: JobImage
    anchors: Anchors
    always: ClickBoxes
    of_models: dict[str, ClickBoxes] = field(default_factory=dict)


class ReadyImages:
    """The last images that were made ready, by their content."""

    def __init__(self, settings: ClickSettings) -> None:
        self._settings = settings
        self._ready: OrderedDict[str, ReadyImage] = OrderedDict()

    def get(self, image: JobImage, sha256: str, features: Features) -> ReadyImage:
        """The image as it is kept, or looked at now. Raises BadImage."""
        if sha256 not in self._ready:
            dense, anchors = features.look(image)
            always = ClickBoxes.of(dense.proposals.xyxy, dense.proposals.score, "proposal")
            self._ready[sha256] = ReadyImage(image, anchors, always)
        self._ready.move_to_end(sha256)
        while len(self._ready) > MOST_READY_IMAGES:
            self._ready.popitem(last=False)
        return self._ready[sha256]

    def candidates(self, ready: ReadyImage, model: str, verify: Verify) -> ClickBoxes:
        """What a class's model sees in the image. model: the hash of its file. verify: looks with it."""
        if model not in ready.of_models:
            [verified] = verify(ready.image).values()
            found = verified.candidates.xyxy
            ready.of_models[model] = ClickBoxes.of(found, verified.probability, "model")
        return ready.of_models[model]

    def boxes(self, ready: ReadyImage, candidates: ClickBoxes, point: Point) -> ClickBoxes:
        """The few boxes that a click most likely means, best first."""
        near = anchors_near(ready.anchors, point, self._settings)
        return rank(ClickBoxes.join([candidates, ready.always, near]), point, self._settings)
