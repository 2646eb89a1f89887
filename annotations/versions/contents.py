"""What versions hold, read a few blocks at a time: images with their boxes, and pairs of images that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from annotations.models import DatasetVersion, VersionBlock
from annotations.versions.blocks import ImageHead, ImageState, unpack, unpack_heads
from annotations.versions.snapshot import SPAN

AT_ONCE = 8  # blocks a query


class Place(NamedTuple):
    """Where a version holds an image. block: id of the block, image: id of the image."""

    block: int
    image: int


class Pair(NamedTuple):
    """The same picture in two versions; None on the side where it is not."""

    before: ImageState | None
    after: ImageState | None
    at: tuple[Place | None, Place | None]


def images_of(version: DatasetVersion) -> Iterator[ImageState]:
    return (state for data in _data(version.blocks) for state in unpack(data))


def heads_of(version: DatasetVersion) -> Iterator[ImageHead]:
    return (head for data in _data(version.blocks) for head in unpack_heads(data))


def states_at(places: Sequence[Place]) -> dict[Place, ImageState]:
    """Single images of any blocks."""
    blocks = VersionBlock.objects.in_bulk({place.block for place in places})
    images: dict[int, set[int]] = defaultdict(set)
    for place in places:
        images[place.block].add(place.image)
    return {
        Place(pk, state.head.id): state
        for pk, block in blocks.items()
        for state in unpack(bytes(block.data), images[pk])
    }


def image_in(version: DatasetVersion, image_id: int) -> ImageState | None:
    """A single image of a version; None where the version does not hold it."""
    blocks = VersionBlock.objects.filter(project=version.project_id, place=image_id // SPAN).values_list(
        "pk", flat=True
    )
    for block in set(blocks) & set(version.blocks):
        return states_at([Place(block, image_id)]).get(Place(block, image_id))
    return None


def differing(before: DatasetVersion, after: DatasetVersion) -> Iterator[Pair]:
    """Images that the two may hold in different states: the rest lies in blocks that they share, or has the same head,
    which tells states apart.

    An image that was deleted and uploaded again is found by its hash, where it is new and the only one of its kind.
    """
    first, second = _by_place(before.blocks), _by_place(after.blocks)
    places = [place for place in sorted({*first, *second}) if first.get(place) != second.get(place)]
    again = _uploaded_again(places, first, second)
    waiting: dict[int, tuple[Place, ImageState]] = {}
    came = {new: old for old, new in again.items()}
    for place in places:
        old, new = _states(first.get(place), second.get(place)), _states(second.get(place), first.get(place))
        for pk in sorted({*old, *new}):
            if pk in again or pk in came:  # both sides of it are kept until the other one comes
                for at, state in _sides(pk, old, new):
                    waiting[pk] = (at, state)
                continue
            left, right = old.get(pk), new.get(pk)
            yield Pair(
                left[1] if left else None,
                right[1] if right else None,
                (left[0] if left else None, right[0] if right else None),
            )
    for gone, there in again.items():
        (at_before, left_state), (at_after, right_state) = waiting[gone], waiting[there]
        yield Pair(left_state, right_state, (at_before, at_after))


def count_differing(before: DatasetVersion, after: DatasetVersion) -> int:
    """How many images `differing` looks at, about: those of the first that lie in blocks which the two do not share."""
    shared = set(after.blocks)
    own = VersionBlock.objects.filter(pk__in=[pk for pk in before.blocks if pk not in shared])
    return sum(len(unpack_heads(bytes(data))) for data in own.values_list("data", flat=True).iterator(AT_ONCE))


States = dict[int, tuple[Place, ImageState]]


def _sides(pk: int, *sides: States) -> Iterator[tuple[Place, ImageState]]:
    return (side[pk] for side in sides if pk in side)


def _states(block: int | None, other: int | None) -> States:
    """The images of one block that the other does not hold just so."""
    if block is None:
        return {}
    there = set(_heads_of(other)) if other is not None else set()
    (data,) = _data([block])
    wanted = {head.id for head in unpack_heads(data) if head not in there}
    return {state.head.id: (Place(block, state.head.id), state) for state in unpack(data, wanted)}


def _heads_of(block: int) -> list[ImageHead]:
    (data,) = _data([block])
    return unpack_heads(data)


def _uploaded_again(places: Sequence[int], first: dict[int, int], second: dict[int, int]) -> dict[int, int]:
    """Images that went, by the images that came with the same bytes."""
    old, new = ({head.id: head for head in _heads_at(places, blocks)} for blocks in (first, second))
    gone = [head for pk, head in old.items() if pk not in new]
    came: dict[tuple[str, int], list[int]] = defaultdict(list)
    for pk, head in new.items():
        if pk not in old:
            came[head.sha256, head.dataset_id].append(pk)
    found = {}
    for head in gone:
        if there := came.get((head.sha256, head.dataset_id)):
            found[head.id] = there.pop(0)
    return found


def _heads_at(places: Sequence[int], blocks: dict[int, int]) -> Iterator[ImageHead]:
    ids = [blocks[place] for place in places if place in blocks]
    return (head for data in _data(ids) for head in unpack_heads(data))


def _by_place(blocks: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(blocks), 500):
        rows = VersionBlock.objects.filter(pk__in=blocks[start : start + 500])
        found.update(rows.values_list("place", "pk"))
    return found


def _data(blocks: Sequence[int]) -> Iterator[bytes]:
    for start in range(0, len(blocks), AT_ONCE):
        part = blocks[start : start + AT_ONCE]
        found = dict(VersionBlock.objects.filter(pk__in=part).values_list("pk", "data"))
        yield from (bytes(found[pk]) for pk in part)
