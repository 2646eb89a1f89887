"""What goes into an export, as one value: the page, the API, the command and the job all have it from `serializers`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from projects.hashing import sha256_of_bytes

FINAL = "final"
STATES = ("boxes", "empty", "suggestions", FINAL)
NO_SPLIT = "none"


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """Which images, which boxes, and how they are written.

    classes: ids; all of the project where none is named. dataset, author: ids. split: train, val, test, or "none" for
    images outside of all three. state: one of STATES; "final" are those that a reviewer accepted, complete or not.
    author: who made a box in the image. since, until: days on which the image was added, both included. unfinished:
    whether images come along that are not complete for the classes. predictions: whether suggestions that wait come
    along as such, from min_probability on. pictures: whether the images themselves do. version: id of a version that is
    exported instead of what is there now; it knows no state, author, days or predictions.

    All but classes, predictions and min_probability choose images and never single boxes: an image without some of its
    boxes would teach that these objects are background.
    """

    format: str
    classes: tuple[int, ...] = ()
    dataset: int | None = None
    split: str = ""
    state: str = ""
    author: int | None = None
    since: date | None = None
    until: date | None = None
    unfinished: bool = False
    predictions: bool = False
    min_probability: float = 0.0
    pictures: bool = False
    version: int | None = None

    def as_query(self) -> dict[str, Any]:
        """The same as the API's parameters say it, in one order: plain JSON, and what `serializers.parse` takes."""
        named = asdict(self) | {"class": sorted(self.classes), "images": self.pictures}
        for gone in ("classes", "pictures"):
            del named[gone]
        for day in ("since", "until"):
            named[day] = named[day].isoformat() if named[day] else None
        kept = {name: value for name, value in named.items() if value not in (None, "", [], False, 0.0)}
        return kept | {"unfinished": self.unfinished}

    @property
    def key(self) -> str:
        """The same for the same choice, whatever order its classes were named in."""
        return sha256_of_bytes(json.dumps(self.as_query(), sort_keys=True).encode())
