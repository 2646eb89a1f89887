"""The next best thing to do in a project, for a person with these rights. Pure: facts in, one step out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from projects.policies import Action
from training.protocol.limits import MIN_SHOTS


class Kind(StrEnum):
    WORK = "work"
    CHECK = "check"
    UPLOAD = "upload"
    CLASS = "class"
    DRAW = "draw"
    RUN = "run"
    WATCH = "watch"
    REVIEW = "review"
    COMPLETE = "complete"
    FILL_IN = "fill_in"
    EXPORT = "export"


# The road from nothing to labels that can be used; a newcomer sees how far it is.
ROAD = (Kind.UPLOAD, Kind.CLASS, Kind.DRAW, Kind.RUN, Kind.REVIEW, Kind.EXPORT)
NEEDS = {
    Kind.WORK: Action.LABEL,
    Kind.CHECK: Action.REVIEW,
    Kind.UPLOAD: Action.UPLOAD,
    Kind.CLASS: Action.NEW_CLASS,
    Kind.DRAW: Action.LABEL,
    Kind.RUN: Action.RUN,
    Kind.WATCH: Action.RUN,
    Kind.REVIEW: Action.REVIEW,
    Kind.COMPLETE: Action.LABEL,
    Kind.FILL_IN: Action.LABEL,
    Kind.EXPORT: Action.READ,
}


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """boxes, open: those outside the test split; open are images that are not complete for the class.

    learned_from: boxes that its newest model learned from, None without one.
    """

    pk: int
    name: str
    boxes: int = 0
    open: int = 0
    learned_from: int | None = None

    @property
    def ready(self) -> bool:
        return self.boxes >= MIN_SHOTS and self.open > 0


@dataclass(frozen=True, slots=True)
class Facts:
    """coming: images are on their way. begun: images with a box or a word that are not complete yet.

    untouched: images that nobody has labelled. live: the run that is at work or waits. in_jobs: images are handed out.
    work: those of jobs whose turn is the person's. to_review: others' work.
    """

    images: int = 0
    coming: bool = False
    classes: tuple[ClassFacts, ...] = ()
    pending: int = 0
    decided: int = 0
    begun: int = 0
    untouched: int = 0
    live: int | None = None
    in_jobs: bool = False
    work: int = 0
    to_review: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """n: how many there are to do. label: the class that it is about."""

    kind: Kind
    n: int = 0
    label: ClassFacts | None = None


def next_step(facts: Facts, can: frozenset[Action]) -> Step | None:
    """The first of the useful steps that the person may take."""
    return next((step for step in _useful(facts) if NEEDS[step.kind] in can), None)


def _useful(facts: Facts) -> Iterator[Step]:
    """Best first. Answers come before new questions, and a class that can be looked for before one that cannot yet."""
    if not facts.images:
        if not facts.coming:
            yield Step(Kind.UPLOAD)
        return
    if not facts.classes:
        yield Step(Kind.CLASS)
        return
    if facts.work:
        yield Step(Kind.WORK, facts.work)
    if facts.to_review:
        yield Step(Kind.CHECK, facts.to_review)
    if facts.pending:
        yield Step(Kind.REVIEW, facts.pending)
    if facts.live is not None:
        yield Step(Kind.WATCH, facts.live)
    ready = [] if facts.live is not None else [label for label in facts.classes if label.ready]
    for label in ready:
        if label.learned_from is None:
            yield Step(Kind.RUN, facts.untouched, label)
    poor = [label for label in facts.classes if label.boxes < MIN_SHOTS]
    if poor:
        label = max(poor, key=lambda label: label.boxes)  # the one that lacks least
        yield Step(Kind.DRAW, MIN_SHOTS - label.boxes, label)
    if facts.decided and facts.begun:
        yield Step(Kind.COMPLETE, facts.begun)
    for label in ready:
        if facts.untouched and label.learned_from is not None and label.boxes >= 2 * label.learned_from:
            yield Step(Kind.RUN, facts.untouched, label)
    if facts.untouched and not facts.in_jobs:
        yield Step(Kind.FILL_IN, facts.untouched)
    yield Step(Kind.EXPORT)


def road(facts: Facts) -> dict[Kind, bool]:
    """Each milestone, and whether it is reached; empty once only the export is left."""
    reached = {
        Kind.UPLOAD: facts.images > 0,
        Kind.CLASS: bool(facts.classes),
        Kind.DRAW: any(label.boxes >= MIN_SHOTS for label in facts.classes),
        Kind.RUN: any(label.learned_from is not None for label in facts.classes) or facts.pending + facts.decided > 0,
        Kind.REVIEW: facts.decided > 0,
        Kind.EXPORT: False,
    }
    return {} if all(reached[kind] for kind in ROAD[:-1]) else reached
