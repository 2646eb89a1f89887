"""Live changes of a project's boxes: who saved which image, where a run found something, and which classes there are,
so that an open editor shows it.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from annotations import blindness
from annotations.history import OFFERS, TALK
from annotations.models import BoxHistory, LabelClass, Suggestion, SuggestionBatch
from labelhub.live import hub
from labelhub.live.feed import Feed, Message, Rows
from labelhub.live.follower import Follower
from labelhub.live.notify import project_group
from labelhub.live.presence import Visitor
from projects import policies

AT_ONCE = 500
LATE_ROWS = 400
CLASS_FIELDS = ("name", "color", "hotkey", "position")
LATE = timedelta(seconds=10)
MOST_SAID = 100  # characters of a page's message


class ChangesFeed(Feed):
    """One message for each save, not for each box.

    `suggestions`: a run stored some for that image, or, where the image is null, a run was undone. `comments`: somebody
    said something. `classes`: a class was made, changed or deleted. These come only to whoever listens at the moment: a
    page that comes back asks for its image anyway.
    """

    @staticmethod
    def admit(user: Any, pk: int) -> None:
        policies.get_project(user, pk)

    def still_allowed(self, users: set[int]) -> set[int]:
        return policies.still_members(self.pk, users)

    def hidden(self, users: set[int], rows: Rows) -> dict[int, frozenset[int]]:
        return blindness.hidden_from(users, self.pk, {row["image"] for row in rows} - {None})

    def without(self, rows: Rows, images: frozenset[int]) -> Rows:
        return [row for row in rows if row["image"] not in images]

    @property
    def group(self) -> str:
        return project_group(self.pk)

    def start(self) -> None:
        self.sent: deque[int] = deque(maxlen=2 * LATE_ROWS)
        self.offers_sent: deque[int] = deque(maxlen=2 * LATE_ROWS)
        self.seq, self.offered = _last(BoxHistory), _last(Suggestion)
        self.undone, self.classes = self._undone(), self._classes()
        self.look()  # what is there counts as sent; what is committed later with an earlier number does not

    def look(self) -> Rows:
        return [*self._reclassed(), *self._saved(), *self._offered(), *self._taken_back()]

    def missed(self, since: int | None) -> Rows:
        """Saves after `since`, and those just before it that were committed later than their number says."""
        found: Rows = []
        late = Q() if since is None else Q(id__gt=since - LATE_ROWS, at__gt=timezone.now() - LATE)
        while since is not None and since < self.seq:
            rows = self._history(Q(id__gt=since) | late, Q(id__lte=self.seq))
            found += _by_save(rows, since)
            if len(rows) < AT_ONCE:
                break
            since, late = rows[-1][0], Q()
        return found

    def reported(self, rows: Rows) -> list[Message]:
        return rows

    def _undone(self) -> int:
        return SuggestionBatch.objects.filter(project=self.pk, withdrawn_at__isnull=False).count()

    def _classes(self) -> Rows:
        return list(LabelClass.objects.filter(project=self.pk).order_by("id").values_list("id", *CLASS_FIELDS))

    def _saved(self) -> Rows:
        """Rows after the last one, and those just before it that were committed later than their number says."""
        late = Q(id__gt=self.seq - LATE_ROWS, at__gt=timezone.now() - LATE)
        rows = [
            row
            for row in self._history(Q(id__gt=self.seq) | late, Q(id__gt=self.seq - LATE_ROWS))
            if row[0] not in self.sent
        ]
        self.sent.extend(row[0] for row in rows)
        found = _by_save(rows, self.seq)
        self.seq = max([self.seq, *(row[0] for row in rows)])
        return found

    def _history(self, *wanted: Q) -> list[tuple[Any, ...]]:
        rows = BoxHistory.objects.filter(*wanted, project=self.pk).order_by("id")
        return list(rows.values_list("id", "image_number", "version", "actor__email", "verb")[:AT_ONCE])

    def _offered(self) -> Rows:
        """One message for each image that a run stored suggestions of."""
        late = Q(id__gt=self.offered - LATE_ROWS, created_at__gt=timezone.now() - LATE)
        rows = (
            Suggestion.objects.filter(
                Q(id__gt=self.offered) | late, id__gt=self.offered - LATE_ROWS, image__project=self.pk
            )
            .exclude(state=Suggestion.State.DROPPED)
            .order_by("id")
            .values_list("id", "image_id", "image__version")
        )
        new = [row for row in rows[:AT_ONCE] if row[0] not in self.offers_sent]
        self.offers_sent.extend(row[0] for row in new)
        self.offered = max([self.offered, *(row[0] for row in new)])
        return [self._suggestions(image, version) for image, version in {row[1]: row[2] for row in new}.items()]

    def _taken_back(self) -> Rows:
        before, self.undone = self.undone, self._undone()
        return [] if self.undone == before else [self._suggestions(None, 0)]

    def _reclassed(self) -> Rows:
        before, self.classes = self.classes, self._classes()
        if self.classes == before:
            return []
        return [{"seq": self.seq, "image": None, "version": 0, "actor": None, "classes": True}]

    def _suggestions(self, image: int | None, version: int) -> Message:
        return {"seq": self.seq, "image": image, "version": version, "actor": None, "suggestions": True}


class ChangesConsumer(Follower):
    """/ws/projects/<id>/changes/?since=N; without `since` from now on.

    An editor says which image it shows: {"image": 12}, or null. Those in the same image are told who is there:
    {"image": 12, "present": [{"id": 3, "name": "Olga"}]}.
    """

    feed = ChangesFeed

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        image = _image_shown(text_data or "")
        if image != NOTHING_SAID:
            await hub.here().visit(self._feed.group, self, Visitor(self.user_id, str(self.scope["user"]), image))


NOTHING_SAID = -1


def _image_shown(text: str) -> int | None:
    """What a page says that it shows; NOTHING_SAID where it says something else."""
    try:
        image = json.loads(text)["image"] if len(text) <= MOST_SAID else NOTHING_SAID
    except (ValueError, TypeError, KeyError, RecursionError):
        return NOTHING_SAID
    return image if image is None or (type(image) is int and 0 < image < 2**63) else NOTHING_SAID


def _last(model: type[BoxHistory | Suggestion]) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _by_save(rows: list[tuple[Any, ...]], seq: int) -> Rows:
    """One message for each version of an image, in the order of the last row of each; `seq`: of the row before
    these.
    """
    found: dict[tuple[int, int], Message] = {}
    for pk, image, version, actor, verb in rows:
        seq = max(seq, pk)
        before = found.pop((image, version), {})
        found[(image, version)] = before | {"seq": seq, "image": image, "version": version, "actor": actor}
        if verb in TALK:
            found[(image, version)]["comments"] = True
        if verb in OFFERS:
            found[(image, version)]["suggestions"] = True
    return list(found.values())
