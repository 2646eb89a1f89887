"""Labels put to their pictures: which picture each image is, and what of its boxes lies in it. The preview and the
import see the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from annotations.formats import LabelledImage, LabelledSet
from annotations.imports import notices
from annotations.imports.fitting import OtherShapeError, fit
from annotations.imports.notices import Row
from annotations.imports.pictures import Pictures, Place
from projects.images.pictures import PictureError

Pair = tuple[LabelledImage, Place]


@dataclass(slots=True)
class Placement:
    """pairs: images with their boxes in pixels of their pictures. missing: names of images without a picture;
    addresses: http(s), where the labels say that these lie. unlabelled: paths of pictures that no label is for.
    by_name, scaled, turned: how many images. lost: boxes that lie outside their pictures. twins: pairs of paths of
    the same bytes, and the splits that each is in.
    """

    pairs: list[Pair] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    by_name: int = 0
    scaled: int = 0
    turned: int = 0
    lost: int = 0
    twins: list[tuple[str, str, str, str]] = field(default_factory=list)
    problems: list[Row] = field(default_factory=list)

    @property
    def notices(self) -> Iterator[Row]:
        """What was found out about the whole of it."""
        for what, n in (
            (notices.FOUND_BY_NAME, self.by_name),
            (notices.SCALED, self.scaled),
            (notices.TURNED, self.turned),
            (notices.OUTSIDE, self.lost),
        ):
            if n:
                yield notices.row(what, n=n)
        if self.twins:
            first, second, *_splits = self.twins[0]
            yield notices.row(notices.TWINS, n=len(self.twins), first=first, second=second)
        leaks = [twin for twin in self.twins if twin[2] and twin[3] and twin[2] != twin[3]]
        if leaks:
            first, second, split, other = leaks[0]
            yield notices.row(notices.LEAK, n=len(leaks), first=first, second=second, split=split, other=other)


def placement(labelled: LabelledSet, pictures: Pictures) -> Placement:
    """Of two images for one picture the first counts; those of two pictures of the same bytes become one image."""
    found = Placement()
    pairs: dict[object, Pair] = {}
    damaged: set[str] = set()
    for image in labelled.images:
        place = pictures.find(image.name)
        if place is None:
            found.missing.append(image.name)
            found.addresses += [image.address] if image.address else []
            continue
        key = place.image.id if place.image else pictures.first_alike(place.path or "")
        if (there := pairs.get(key)) is not None and there[1].path == place.path:
            left_out = tuple(box.label for box in image.boxes)
            pairs[key] = replace(there[0], left_out=there[0].left_out + left_out), there[1]
            found.problems.append(notices.row(notices.TWICE, image.name))
            continue
        try:
            fitted = _fitted(found, image, place, pictures)
        except PictureError as error:
            damaged.add(place.path or "")
            found.problems.append(notices.of_picture(place.path or "", error))
            continue
        if fitted is None:
            continue
        found.by_name += not place.exact
        if there is None:
            pairs[key] = fitted, place
        else:
            found.twins.append((there[1].path or "", place.path or "", there[0].split, fitted.split))
            pairs[key] = _both(there[0], fitted), there[1]
    found.pairs = list(pairs.values())
    alike = dict.fromkeys(pictures.first_alike(path) for path in pictures.archive.pictures)
    found.unlabelled = [path for path in alike if path not in pairs and path not in damaged]
    return found


def _fitted(found: Placement, image: LabelledImage, place: Place, pictures: Pictures) -> LabelledImage | None:
    """None where the labels are of another shape, which is told. Raises PictureError."""
    if place.image is not None:
        size, orientation = (place.image.width, place.image.height), 1
    else:
        head = pictures.head(place.path or "")
        size, orientation = (head.width, head.height), head.orientation
    try:
        fitted = fit(image, size, orientation)
    except OtherShapeError:
        found.problems.append(notices.other_size(image, size, orientation if place.path else None))
        return None
    found.scaled += fitted.scaled
    found.turned += fitted.turned
    found.lost += len(fitted.lost) + len(fitted.lost_predictions)
    for what, lost in ((notices.LOST, fitted.lost), (notices.LOST_PREDICTIONS, fitted.lost_predictions)):
        if lost:
            found.problems.append(notices.lost(what, image.name, lost))
    return fitted.image


def _both(a: LabelledImage, b: LabelledImage) -> LabelledImage:
    """One image of two of the same picture; the split of the first."""
    return replace(
        a,
        boxes=tuple(dict.fromkeys(a.boxes + b.boxes)),
        predictions=tuple(dict.fromkeys(a.predictions + b.predictions)),
        left_out=a.left_out + b.left_out,
        tags=tuple(dict.fromkeys(a.tags + b.tags)),
        complete=a.complete if a.complete == b.complete else None,
        split=a.split or b.split,
    )
