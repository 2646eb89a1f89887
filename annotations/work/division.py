"""How images are dealt out to people. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def divide(ids: Sequence[int], people: int, each: int | None = None) -> list[list[int]]:
    """A share of the images for each of `people`: of at most `each` images, or as even as can be of all.

    Neighbours stay together, since films change little from image to image.
    """
    if each is not None:
        return [list(ids[start : start + each]) for start in range(0, people * each, each)]
    small, larger = divmod(len(ids), people)
    shares, start = [], 0
    for number in range(people):
        end = start + small + (number < larger)
        shares.append(list(ids[start:end]))
        start = end
    return shares
