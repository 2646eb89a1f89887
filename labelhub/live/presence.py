"""Who looks at which image of a project now. Nothing is stored: each web process tells the others of its own pages."""

from __future__ import annotations

from dataclasses import dataclass

KEPT_S = 45.0  # how long a page counts that says nothing more, because its process died


@dataclass(frozen=True, slots=True)
class Visitor:
    """user: the person's number. name: as others read it. image: None where no image is shown (any more)."""

    user: int
    name: str
    image: int | None


class Presence:
    """The visitors of one project, by page: a person may have several open."""

    def __init__(self) -> None:
        self._visits: dict[str, tuple[Visitor, float]] = {}

    def note(self, page: str, visitor: Visitor, now: float) -> set[int]:
        """What a page shows now; the images whose visitors are others by it. now: seconds of a steady clock."""
        before = self._visits.pop(page, None)
        if visitor.image is not None:
            self._visits[page] = (visitor, now + KEPT_S)
        was = before[0] if before else Visitor(visitor.user, visitor.name, None)
        return set() if was == visitor else {image for image in (was.image, visitor.image) if image is not None}

    def expire(self, now: float) -> set[int]:
        """Forgets pages that said nothing for `KEPT_S`; the images that they showed."""
        old = [page for page, (_visitor, until) in self._visits.items() if until < now]
        return {image for page in old if (image := self._visits.pop(page)[0].image) is not None}

    def visitors(self, image: int) -> list[Visitor]:
        """Each person once, by name."""
        there = {visitor.user: visitor for visitor, _until in self._visits.values() if visitor.image == image}
        return sorted(there.values(), key=lambda visitor: (visitor.name, visitor.user))
