"""What to label next: images where a class is unsure and that differ from each other, and some at random for an honest
check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from django.db.models import Exists, OuterRef, QuerySet

from annotations.models import Complete, LabelClass, Suggestion
from projects.models import Image

AT_ONCE = 20
TEST = Image.Split.TEST  # its images are labelled to measure by; they teach nothing
LOOKED_AT = 100  # suggestions on each side of an even chance


@dataclass(frozen=True, slots=True)
class Candidate:
    """A suggestion as a reason to look at its image. kin: the shot that it is most like."""

    image: int
    probability: float
    kin: str


@dataclass(frozen=True, slots=True)
class Pick:
    """An image to label. probability: of its least sure suggestion; None for one that was drawn by lot."""

    image: int
    probability: float | None = None


def choose(candidates: Iterable[Candidate], drawn: Sequence[int], n: int) -> list[Pick]:
    """At most `n` images, least sure first; those `drawn` by lot come last, and are not taken for any other reason.

    An image is worth less with each image before it that is most like the same shot, so that no single look fills the
    list.
    """
    best: dict[int, Candidate] = {}
    for one in candidates:
        if one.image not in drawn and (one.image not in best or _doubt(one) > _doubt(best[one.image])):
            best[one.image] = one
    taken: Counter[str] = Counter()
    picks: list[Pick] = []
    while best and len(picks) < n - len(drawn):
        one = max(best.values(), key=lambda c: (_doubt(c) / (1 + taken[c.kin]), -c.image))
        taken[one.kin] += 1
        picks.append(Pick(one.image, one.probability))
        del best[one.image]
    return picks + [Pick(image) for image in drawn]


def _doubt(one: Candidate) -> float:
    """1 for an even chance, 0 for certainty."""
    return 1 - abs(2 * one.probability - 1)


def next_images(
    label: LabelClass, n: int = AT_ONCE, *, seed: str = "", hidden: Collection[int] = ()
) -> list[tuple[Image, Pick]]:
    """What to label next for a class, in a number of queries that does not grow. The same seed draws the same lots.

    hidden: ids of images that are none to label.
    """
    by_lot = _lots(label, n, Random(seed), hidden)
    picks = choose(_unsure(label, hidden), by_lot, n)
    images = Image.objects.in_bulk([pick.image for pick in picks])
    return [(images[pick.image], pick) for pick in picks if pick.image in images]


def _open_images(label: LabelClass) -> QuerySet[Image]:
    finished = Complete.objects.filter(image=OuterRef("pk"), label=label)
    return Image.objects.filter(~Exists(finished), project=label.project_id).exclude(split=TEST).order_by("pk")


def _lots(label: LabelClass, n: int, chance: Random, hidden: Collection[int]) -> list[int]:
    """A tenth of `n`, each image as likely as any other, whatever the model thinks of it."""
    images = label.project.images.exclude(pk__in=hidden)
    finished = Complete.objects.filter(label=label).exclude(image__in=hidden)
    tests = images.filter(split=TEST)
    complete = finished.count() - finished.filter(image__in=tests).count()
    there = images.count() - tests.count() - complete  # counted by indexes alone
    places = sorted(chance.sample(range(there), min(there, max(1, n // 10))))
    open_images = _open_images(label).exclude(pk__in=hidden).values_list("pk", flat=True)
    return [pk for place in places for pk in open_images[place : place + 1]]


def _unsure(label: LabelClass, hidden: Collection[int]) -> list[Candidate]:
    """Waiting suggestions nearest to an even chance, from both sides; the index on label, state and probability serves
    both.
    """
    waiting = Suggestion.objects.filter(label=label, state=Suggestion.State.PENDING).exclude(image__split=TEST)
    waiting = waiting.exclude(image__in=hidden)
    fields = ("image_id", "probability", "evidence__0__box_id")
    above = waiting.filter(probability__gte=0.5).order_by("probability", "-id").values_list(*fields)[:LOOKED_AT]
    below = waiting.filter(probability__lt=0.5).order_by("-probability", "id").values_list(*fields)[:LOOKED_AT]
    return [Candidate(image, probability, kin or "") for image, probability, kin in [*above, *below]]
