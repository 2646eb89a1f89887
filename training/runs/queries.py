"""What a person may see of runs and models, and how a run is told to pages, the API and websockets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet
from django.http import Http404

from annotations.models import Suggestion
from annotations.outcome import answers_of
from projects import policies
from training.analysis import held_out_errors
from training.models import ModelVersion, Run, RunEvent
from training.protocol import stages
from training.runs import messages
from training.runs.stages import seconds_by_stage, stage_rows

if TYPE_CHECKING:
    from projects.models import Project
    from projects.policies import Person

EVENTS_AT_ONCE = 500
SPOKEN = ("log", "error")  # events with a sentence for people
WORKERS_OWN = ("superseded", "matches", "stages", "models", "suggestions_at")  # of a result: not for its row


def visible_runs(user: Person) -> QuerySet[Run]:
    """Runs of the projects that the user is a member of, with what a row needs."""
    return Run.objects.filter(project__in=policies.visible_projects(user)).select_related(
        "created_by", "dataset", "batch"
    )


def comparable_runs(user: Person, project: Project) -> QuerySet[Run]:
    """Runs of a project that can be laid side by side, newest first: done, and no searches, which suggest nothing of
    their own.
    """
    done = (
        visible_runs(user)
        .filter(project=project, state=Run.State.DONE)
        .exclude(kind__in=(Run.Kind.SIMILAR, Run.Kind.EXPORT, Run.Kind.CHECK))
    )
    return done.order_by("-id").prefetch_related("classes")


def get_run(user: Person, pk: int) -> Run:
    """One run, or 404 for strangers."""
    run = visible_runs(user).select_related("project", "batch").filter(pk=pk).first()
    if run is None:
        raise Http404
    return run


def events_after(run_id: int, since: int, limit: int = EVENTS_AT_ONCE) -> list[dict[str, Any]]:
    """Events of a run after `since`, oldest first, in the reader's language."""
    return reported_events(event_rows(run_id, since, limit))


def event_rows(run_id: int, since: int, limit: int = EVENTS_AT_ONCE) -> list[dict[str, Any]]:
    """The same, as they were written."""
    rows = RunEvent.objects.filter(run=run_id, seq__gt=since).values("seq", "kind", "at", "payload")[:limit]
    return [{**row, "payload": _renamed(row["payload"])} for row in rows]


def _renamed(payload: dict[str, Any]) -> dict[str, Any]:
    """With today's name of the stage that an earlier version may have called otherwise."""
    return payload | {"stage": stages.current(payload["stage"])} if "stage" in payload else payload


def reported_events(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of events in the language that is active."""
    spoken = [row["seq"] for row in rows if row["kind"] in SPOKEN]
    payloads = messages.reported([row["payload"] for row in rows if row["kind"] in SPOKEN])
    said = dict(zip(spoken, payloads, strict=True))
    return [{**row, "at": row["at"].isoformat(), "payload": said.get(row["seq"], row["payload"])} for row in rows]


def place_in_queue(run_id: int) -> int:
    """How many runs of its queue go first (those at work included) plus one."""
    return _place(run_id, live_runs())


def live_runs() -> list[Run]:
    """Every run that is queued or at work, of all projects: its id, state and kind."""
    return list(Run.objects.filter(state__in=Run.LIVE).only("state", "kind", "params").order_by())


def _place(run_id: int, live: Iterable[Run]) -> int:
    queue = next((run.queue for run in live if run.pk == run_id), "")
    others = (run for run in live if run.pk != run_id and run.queue == queue)
    return 1 + sum(run.state != Run.State.QUEUED or run.pk < run_id for run in others)


def run_row(run: Run) -> dict[str, Any]:
    """A run as GET /api/runs/{id}/ and the `state` messages tell it."""
    [row] = run_rows([run])
    figures = run.result.get("classes")
    if figures:
        pictured = held_out_errors.pictured([(run.project_id, one) for one in figures.values()])
        row["result"] = row["result"] | {"classes": dict(zip(figures, pictured, strict=True))}
    row["result"] |= saved(run)
    return row


def saved(run: Run) -> dict[str, Any]:
    """The drawing time that a run saved: by the answers to its suggestions once there are any, else as held-out shots
    promise.
    """
    seconds = answers_of(run.batch.suggestions.all()).seconds if run.batch else None
    if seconds is not None:
        return {"saved_s": round(seconds, 1), "saved_by": "answers"}
    return {"saved_s": run.result.get("saved_s"), "saved_by": "shots"}


def is_undone(run: Run) -> bool:
    return run.batch is not None and run.batch.withdrawn_at is not None


def run_rows(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Many runs as rows, without the pictures of their mistakes, in a number of queries that does not grow with
    them.
    """
    ids = [run.pk for run in runs]
    live = live_runs() if any(run.state == Run.State.QUEUED for run in runs) else []
    classes = _grouped(Run.classes.through.objects.filter(run__in=ids).values_list("run_id", "labelclass_id"))
    models = _grouped(ModelVersion.objects.filter(run__in=ids).order_by("id").values_list("run_id", "id"))
    batches = _batch_counts([run.batch_id for run in runs if run.batch_id])
    errors = _errors([run for run in runs if run.error_code])
    return [
        {
            "id": run.pk,
            "project": run.project_id,
            "number": run.number,
            "kind": run.kind,
            "state": run.state,
            "stage": stages.current(run.stage),
            "stages": stage_rows(run),
            "percent": run.percent,
            "eta_s": run.eta_s,
            "queue_position": _place(run.pk, live) if run.state == Run.State.QUEUED else None,
            "classes": classes.get(run.pk, []),
            "dataset": run.dataset_id,
            "created_by": run.created_by.email if run.created_by else None,
            "created_at": _iso(run.created_at),
            "started_at": _iso(run.started_at),
            "suggestions_at": run.result.get("suggestions_at"),
            "finished_at": _iso(run.finished_at),
            "attempts": run.attempts,
            "error": errors.get(run.pk),
            "params": run.params,
            "result": _result(run),
            "batch": batches.get(run.batch_id, _no_suggestions()) | {"undone": is_undone(run)}
            if run.batch_id
            else None,
            "models": run.result.get("models") or models.get(run.pk, []),
            "last_seq": run.last_seq,
        }
        for run in runs
    ]


def _result(run: Run) -> dict[str, Any]:
    """A run's result as lists tell it: without what only the worker needs, and without the mistakes of each class."""
    reported = {name: value for name, value in run.result.items() if name not in WORKERS_OWN}
    if "seconds" in reported:
        reported["seconds"] = seconds_by_stage(run)
    if "classes" in reported:
        reported["classes"] = {pk: held_out_errors.without(figures) for pk, figures in reported["classes"].items()}
    return reported


def _errors(failed: Sequence[Run]) -> dict[int, dict[str, str]]:
    """Why runs failed, in the reader's language; the data of a sentence are in the run's last error event."""
    last = RunEvent.objects.filter(run__in=[run.pk for run in failed], kind="error").order_by("seq")
    data = {pk: payload.get("data") for pk, payload in last.values_list("run_id", "payload")} if failed else {}
    said = [{"code": run.error_code, "text": run.error_text, "data": data.get(run.pk)} for run in failed]
    return {
        run.pk: {"code": one["code"], "text": one["text"]}
        for run, one in zip(failed, messages.reported(said), strict=True)
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _no_suggestions() -> dict[str, int]:
    return dict.fromkeys([*Suggestion.State.values, "taken_back"], 0)


def _batch_counts(batches: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many suggestions of each batch are in which state, read off the index of both; only rows that were withdrawn
    are looked at for who did it.
    """
    if not batches:
        return {}
    found: dict[int, dict[str, int]] = {}
    rows = Suggestion.objects.filter(batch__in=batches).order_by()
    for batch, state, count in rows.values_list("batch", "state").annotate(n=Count("id")):
        found.setdefault(batch, _no_suggestions())[state] = count
    taken_back = rows.filter(state=Suggestion.State.WITHDRAWN, decided_by__isnull=False)
    for batch, count in taken_back.values_list("batch").annotate(n=Count("id")):
        found.setdefault(batch, _no_suggestions())["taken_back"] = count  # it may be stored just now
    return found
