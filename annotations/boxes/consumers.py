"""Live changes of a project's boxes: who saved which image, and where a run found something, so that an open editor shows it."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from annotations.models import BoxHistory, Suggestion, SuggestionBatch
from labelhub.live.follower import Follower
from labelhub.live.notify import project_group
from projects import policies

AT_ONCE = 500
LATE_ROWS = 400
LATE = timedelta(seconds=10)
Verb = BoxHistory.Verb
TALK = frozenset({Verb.COMMENTED, Verb.RESOLVED, Verb.UNRESOLVED, Verb.REWORDED, Verb.UNSAID})
OFFERS = frozenset({Verb.WITHDRAWN, Verb.OFFERED})  # they change what waits, and no version


class ChangesConsumer(Follower):
    """/ws/projects/<id>/changes/?since=N; without `since` from now on. One message for each save, not for each box.

    `suggestions`: a run stored some for that image, or, where the image is null, a run was undone. `comments`: somebody said something.
    Both come only to whoever listens at the moment: a page that comes back asks for its image anyway.
    """

    def open(self, user: Any, pk: int, since: int | None) -> str:
        project = policies.get_project(user, pk)
        self.project = project.pk
        self.seq = self._last() if since is None else since
        self.sent: deque[int] = deque(maxlen=2 * LATE_ROWS)
        if since is None:
            self.sent.extend(range(self.seq - LATE_ROWS, self.seq + 1))
        self.offered = Suggestion.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self.offers_sent: deque[int] = deque(range(self.offered - LATE_ROWS, self.offered + 1), maxlen=2 * LATE_ROWS)
        self.undone = self._undone()
        return project_group(project.pk)

    def allowed(self, user: Any, pk: int) -> bool:
        return policies.visible_projects(user).filter(pk=pk).exists()

    def _last(self) -> int:
        return BoxHistory.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def _undone(self) -> int:
        return SuggestionBatch.objects.filter(project=self.project, withdrawn_at__isnull=False).count()

    def news(self) -> list[dict[str, Any]]:
        return [*self._saved(), *self._offered(), *self._taken_back()]

    def _offered(self) -> list[dict[str, Any]]:
        """One message for each image that a run stored suggestions of."""
        late = Q(id__gt=self.offered - LATE_ROWS, created_at__gt=timezone.now() - LATE)
        rows = (
            Suggestion.objects.filter(
                Q(id__gt=self.offered) | late, id__gt=self.offered - LATE_ROWS, image__project=self.project
            )
            .order_by("id")
            .values_list("id", "image_id", "image__version")
        )
        images: dict[int, int] = {}
        for pk, image, version in rows[:AT_ONCE]:
            if pk in self.offers_sent:
                continue
            self.offers_sent.append(pk)
            self.offered = max(self.offered, pk)
            images[image] = version
        return [
            {"seq": self.seq, "image": image, "version": version, "actor": None, "suggestions": True}
            for image, version in images.items()
        ]

    def _taken_back(self) -> list[dict[str, Any]]:
        before, self.undone = self.undone, self._undone()
        if self.undone == before:
            return []
        return [{"seq": self.seq, "image": None, "version": 0, "actor": None, "suggestions": True}]

    def _saved(self) -> list[dict[str, Any]]:
        """Rows after the last one, and those just before it that were committed later than their number says."""
        late = Q(id__gt=self.seq - LATE_ROWS, at__gt=timezone.now() - LATE)
        rows = (
            BoxHistory.objects.filter(Q(id__gt=self.seq) | late, id__gt=self.seq - LATE_ROWS, project=self.project)
            .order_by("id")
            .values_list("id", "image_number", "version", "actor__email", "verb")
        )
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for pk, image, version, actor, verb in rows[:AT_ONCE]:
            if pk in self.sent:
                continue
            self.sent.append(pk)
            self.seq = max(self.seq, pk)
            before = found.pop((image, version), {})
            found[(image, version)] = before | {"seq": self.seq, "image": image, "version": version, "actor": actor}
            if verb in TALK:
                found[(image, version)]["comments"] = True
            if verb in OFFERS:
                found[(image, version)]["suggestions"] = True
        return list(found.values())
