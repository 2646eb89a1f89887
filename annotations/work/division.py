"""How images are dealt out to people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random


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


def seats(images: int, people: int, each: int, rng: Random) -> list[list[int]]:
    """For each image the numbers of `each` different people; loads differ by one at most in the long run, and who meets
    whom is left to chance, so that every pair can be compared.
    """
    found: list[list[int]] = []
    deck: list[int] = []
    for _ in range(images):
        chosen = deck[:each]
        del deck[:each]
        if len(chosen) < each:
            rest = [one for one in range(people) if one not in chosen]
            rng.shuffle(rest)
            more = rest[: each - len(chosen)]
            deck = rest[len(more) :] + chosen  # who was dealt at the end of a round comes last in the next
            chosen = chosen + more
        found.append(chosen)
    return found
