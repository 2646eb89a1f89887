"""Runs of the engine, and what its class models see in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labelhub_client import calls
from labelhub_client.jobs import Listener, Progress, ignore, require, wait
from labelhub_client.values import Prediction, Run
from labelhub_client.wire import Part, Steps, ask, collect, rows

ENDS = ("done", "failed", "cancelled")


def start_autolabel(
    project: int,
    classes: Sequence[int],
    *,
    dataset: int | None = None,
    train: str | None = None,
    epochs: int | None = None,
    budget: str | None = None,
) -> Steps[Run]:
    """Finds the rest of the classes. train: whether a detector is trained too: auto, always or never; budget: fast or
    best.
    """
    return ask(
        calls.start_run(project, classes=classes, dataset=dataset, train=train, epochs=epochs, budget=budget)
    )  # fmt: skip


def watch_run(id: int, progress: Listener = ignore) -> Steps[Run]:
    """Waits until a run has ended. Raises JobFailure where it did not end well."""
    run = yield from wait(calls.get_run(id), ENDS, lambda run: progress(Progress(_doing(run), run.percent, 100)))
    return require(run, "done", run.error.text if run.error else "")


def autolabel(
    project: int,
    classes: Sequence[int],
    *,
    dataset: int | None = None,
    train: str | None = None,
    epochs: int | None = None,
    budget: str | None = None,
    progress: Listener = ignore,
) -> Steps[Run]:
    """start_autolabel and watch_run in one."""
    run = yield from start_autolabel(
        project, classes, dataset=dataset, train=train, epochs=epochs, budget=budget
    )  # fmt: skip
    return (yield from watch_run(run.id, progress))


def list_runs(project: int) -> Steps[list[Run]]:
    """The newest first."""
    return collect(rows(calls.list_runs(project)))


def cancel_run(id: int) -> Steps[Run]:
    return ask(calls.cancel_run(id))


def predict(project: int, picture: Path | str | bytes, *, models: Sequence[int] = ()) -> Steps[Prediction]:
    """What the class models see in a picture, which the server does not keep. models: ids, one of a class each; without
    them, each class's current one.
    """
    content, name = (picture, "picture") if isinstance(picture, bytes) else (Path(picture), Path(picture).name)
    return ask(calls.predict(project, Part(name, content, "image"), models=models))


def _doing(run: Run) -> str:
    return run.stage if run.state == "running" and run.stage else run.state
