"""The live page of a run: what it missed, then what comes, and the run's row whenever it changes."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from labelhub.live.follower import Follower
from labelhub.live.notify import run_group
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


class RunConsumer(Follower):
    """/ws/runs/<id>/?since=SEQ"""

    def open(self, user: Any, pk: int, since: int | None) -> str:
        run = queries.get_run(user, pk)
        self.pk, self.seq = run.pk, since or 0
        self.row: tuple[Any, ...] | None = None
        self.place: int | None = None
        return run_group(run.pk)

    def allowed(self, user: Any, pk: int) -> bool:
        return queries.visible_runs(user).filter(pk=pk).exists()

    def news(self) -> list[dict[str, Any]]:
        row = Run.objects.filter(pk=self.pk).values_list(*WATCHED).first()
        if row is None:
            raise Http404
        messages: list[dict[str, Any]] = []
        while row[0] > self.seq:
            events = queries.events_after(self.pk, self.seq)
            if not events:
                break
            messages += events
            self.seq = events[-1]["seq"]
        place = queries.place_in_queue(self.pk) if row[1] == Run.State.QUEUED else None
        if (row, place) != (self.row, self.place):
            self.row, self.place = row, place
            run = Run.objects.select_related("created_by").filter(pk=self.pk).first()
            if run is not None:
                messages.append({"kind": "state", "payload": queries.run_row(run)})
        return messages
