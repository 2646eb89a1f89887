"""Live changes of a project's boxes: who saved which image, so that an open editor shows it."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from annotations.models import BoxHistory
from labelhub.following import Follower
from labelhub.live import project_group
from projects import policies

AT_ONCE = 500
LATE_ROWS = 400
LATE = timedelta(seconds=10)


class ChangesConsumer(Follower):
    """/ws/projects/<id>/changes/?since=N; without `since` from now on. One message for each save, not for each box."""

    def open(self, user: Any, pk: int, since: int | None) -> str:
        project = policies.get_project(user, pk)
        self.project = project.pk
        self.seq = self._last() if since is None else since
        self.sent: deque[int] = deque(maxlen=2 * LATE_ROWS)
        if since is None:
            self.sent.extend(range(self.seq - LATE_ROWS, self.seq + 1))
        return project_group(project.pk)

    def allowed(self, user: Any, pk: int) -> bool:
        return policies.visible_projects(user).filter(pk=pk).exists()

    def _last(self) -> int:
        return BoxHistory.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def news(self) -> list[dict[str, Any]]:
        """Rows after the last one, and those just before it that were committed later than their number says."""
        late = Q(id__gt=self.seq - LATE_ROWS, at__gt=timezone.now() - LATE)
        rows = (
            BoxHistory.objects.filter(
                Q(id__gt=self.seq) | late, id__gt=self.seq - LATE_ROWS, image__project=self.project
            )
            .order_by("id")
            .values_list("id", "image_id", "version", "actor__email")
        )
        found: dict[tuple[int, int], dict[str, Any]] = {}
        for pk, image, version, actor in rows[:AT_ONCE]:
            if pk in self.sent:
                continue
            self.sent.append(pk)
            self.seq = max(self.seq, pk)
            found.pop((image, version), None)
            found[(image, version)] = {"seq": self.seq, "image": image, "version": version, "actor": actor}
        return list(found.values())
