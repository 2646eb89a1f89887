"""Which images of a class are held out together, so that no box vouches for itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.engine.class_model.shot_split import CLASS_BITS
from training.protocol.job import JobImage

FOLD_STREAM = 29


def checked_images(images: Sequence[JobImage], classes: Sequence[int]) -> list[JobImage]:
    """Images in which all boxes of at least one of the classes are said to be there."""
    return [image for image in images if image.complete_for.intersection(classes)]


def stratified_folds(images: Sequence[JobImage], class_id: int, most: int, seed: int) -> list[frozenset[int]]:
    """Ids of the images in at most `most` groups; images that hold the class are spread evenly over them."""
    rng = np.random.default_rng([seed, class_id & CLASS_BITS, FOLD_STREAM])
    shuffled = [images[place] for place in rng.permutation(len(images))]
    order = [image.id for image in sorted(shuffled, key=lambda image: not image.shots_of(class_id))]
    count = min(most, len(order))
    return [frozenset(order[start::count]) for start in range(count)]
