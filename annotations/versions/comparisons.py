"""Comparisons of two versions: looked for once, kept, and shown a page of images at a time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotations.models import DatasetVersion, VersionComparison
from annotations.versions.blocks import BoxState, ImageHead, ImageState
from annotations.versions.comparison import Difference, Kind, Totals, differences
from annotations.versions.contents import Place, differing, states_at
from projects.models import Image


class ImageDifference(NamedTuple):
    """An image whose boxes or tags differ. before, after: where it lies; None on the side where it is not. The rest
    are counts.
    """

    before: Place | None
    after: Place | None
    added: int
    moved: int
    removed: int
    relabelled: int
    flagged: int = 0
    tagged: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is shown: its boxes that stayed, and those that differ. there: the picture still exists.

    given, taken: tags that it got, or lost.
    """

    changed: ImageDifference
    head: ImageHead
    same: tuple[BoxState, ...]
    different: tuple[Difference, ...]
    there: bool
    given: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def compare(before: DatasetVersion, after: DatasetVersion) -> VersionComparison:
    """The kept one, or a new one: the blocks that the two share are not looked at. One of before tags were compared is
    made anew.
    """
    kept = VersionComparison.objects.filter(before=before, after=after).first()
    if kept is not None and "tags" in kept.figures:
        return kept
    totals, names = Totals(), _same_names(before, after)
    images: list[ImageDifference] = []
    for old, new, (at_before, at_after) in differing(before, after):
        kinds = totals.add(_renumbered(old, names), new)
        if kinds:
            images.append(ImageDifference(at_before, at_after, *(kinds[kind] for kind in Kind)))
    data = zlib.compress(json.dumps(images).encode(), 1)
    kept, _made = VersionComparison.objects.update_or_create(
        before=before, after=after, defaults={"figures": totals.as_dict(), "images": data}
    )
    return kept


def changed_images(
    comparison: VersionComparison, kind: str = "", *, but: Collection[int] = ()
) -> list[ImageDifference]:
    """The images that differ, in their order; kind: only those with such a box. but: ids of images to leave out."""
    rows = json.loads(zlib.decompress(bytes(comparison.images)))
    found = [ImageDifference._make((*(Place(*at) if at else None for at in row[:2]), *row[2:])) for row in rows]
    shown = [one for one in found if not but or not any(at and at.image in but for at in one[:2])]
    return [one for one in shown if not kind or getattr(one, kind)]


def pictures(comparison: VersionComparison, page: Sequence[ImageDifference]) -> list[Picture]:
    """A page of them, with what is drawn. Two queries, whatever the page holds."""
    places = [place for one in page for place in (one.before, one.after) if place]
    states = states_at(places)
    names = _same_names(comparison.before, comparison.after)
    found = []
    ids = {place.image for place in places}
    there = set(Image.objects.filter(project=comparison.after.project_id, pk__in=ids).values_list("pk", flat=True))
    for one in page:
        old = _renumbered(states[one.before], names) if one.before else None
        new = states[one.after] if one.after else None
        head = (new or old).head  # type: ignore[union-attr]
        different = differences(old.boxes if old else (), new.boxes if new else ())
        touched = {box.after.key for box in different if box.after}
        same = tuple(box for box in new.boxes if box.key not in touched) if new else ()
        tags = ({*old.head.tags}, {*new.head.tags}) if old and new else (set[str](), set[str]())
        given, taken = (tuple(sorted(tags[at] - tags[1 - at])) for at in (1, 0))
        found.append(Picture(one, head, same, tuple(different), head.id in there, given, taken))
    return found


def class_rows(comparison: VersionComparison) -> list[dict[str, Any]]:
    """What became of each class's boxes, in the order of the later version; classes without a change are left out."""
    changes = comparison.figures["classes"]
    known = {row["id"]: row for row in (*comparison.before.classes, *comparison.after.classes)}
    order = [row["id"] for row in comparison.after.classes] + [row["id"] for row in comparison.before.classes]
    return [
        {"id": pk, "name": known[pk]["name"], "color": known[pk]["color"], **changes[str(pk)]}
        for pk in dict.fromkeys(order)
        if str(pk) in changes
    ]


def _same_names(before: DatasetVersion, after: DatasetVersion) -> dict[int, int]:
    """A class that was deleted and made again is the same to people: its new number by its old one."""
    ids = {row["id"] for row in after.classes}
    names = {row["name"]: row["id"] for row in after.classes}
    return {row["id"]: names[row["name"]] for row in before.classes if row["id"] not in ids and row["name"] in names}


def _renumbered(state: ImageState | None, names: dict[int, int]) -> ImageState | None:
    if state is None or not names:
        return state
    boxes = tuple(box._replace(label=names.get(box.label, box.label)) for box in state.boxes)
    complete = tuple(sorted(names.get(pk, pk) for pk in state.head.complete))
    return ImageState(state.head._replace(complete=complete), boxes)
