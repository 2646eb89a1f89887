"""The live page of a run: what it missed, then what comes, and the run's row whenever it changes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404

from labelhub.live.feed import Feed, Message, Rows
from labelhub.live.follower import Follower
from labelhub.live.notify import run_group
from projects import policies
from training.models import Run
from training.runs import queries

WATCHED = (
    "last_seq",
    "state",
    "stage",
    "percent",
    "eta_s",
    "attempts",
    "error_code",
    "batch_id",
    "batch__withdrawn_at",
)
STATE = None  # among rows of events: here the run's own row is told


class RunFeed(Feed):
    """Events of a run, each once; after them, whenever it changed, the run as it stands."""

    translated: ClassVar[bool] = True

    @staticmethod
    def admit(user: Any, pk: int) -> None:
        queries.get_run(user, pk)

    def still_allowed(self, users: set[int]) -> set[int]:
        project = Run.objects.filter(pk=self.pk).values_list("project", flat=True).first()
        return policies.still_members(project, users) if project else set()

    @property
    def group(self) -> str:
        return run_group(self.pk)

    def start(self) -> None:
        self.row, self.place = self._watched()
        self.seq = self.row[0]

    def look(self) -> Rows:
        before = (self.row, self.place)
        self.row, self.place = self._watched()
        rows = self._events(self.seq, self.row[0])
        self.seq = rows[-1]["seq"] if rows else self.seq
        return rows if (self.row, self.place) == before else [*rows, STATE]

    def missed(self, since: int | None) -> Rows:
        return [*(row for row in self._events(since or 0, self.seq) if row["seq"] <= self.seq), STATE]

    def reported(self, rows: Rows) -> list[Message]:
        found = queries.reported_events([row for row in rows if row is not STATE])
        if STATE in rows:
            run = Run.objects.select_related("created_by").filter(pk=self.pk).first()
            found += [{"kind": "state", "payload": queries.run_row(run)}] if run else []
        return found

    def _watched(self) -> tuple[tuple[Any, ...], int | None]:
        row = Run.objects.filter(pk=self.pk).values_list(*WATCHED).first()
        if row is None:
            raise Http404
        return row, queries.place_in_queue(self.pk) if row[1] == Run.State.QUEUED else None

    def _events(self, since: int, until: int) -> Rows:
        """Events after `since`, up to `until` at least."""
        found: Rows = []
        while since < until:
            rows = queries.event_rows(self.pk, since)
            if not rows:
                break
            found += rows
            since = rows[-1]["seq"]
        return found


class RunConsumer(Follower):
    """/ws/runs/<id>/?since=SEQ"""

    feed = RunFeed
