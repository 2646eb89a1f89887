"""One attempt of a run, from its claim to its end: the loop that reads, writes, looks for a cancel and keeps the
lease.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils.translation import gettext_noop

from training.models import Run
from training.protocol import events
from training.protocol.errors import BadResults
from training.protocol.results import FILE
from training.runner import exported, failures, jobfile, label_errors, matches, results
from training.runner.claims import Claim, Instruction, LostRun
from training.runner.journal import Journal
from training.runner.memory import group_mb
from training.runner.process import Engine, EngineDeath, NotAtHand, WorkdirBusy

log = logging.getLogger(__name__)

READ_WAIT_S = 0.2
CHECK_GAP_S = 0.4
LAST_LINES_S = 3.0
SILENCE_S = 1800.0  # the engine speaks every two seconds; a download of weights through a package may take long


class StopRequest(Exception):
    """This worker was asked to stop: the run goes back into the queue."""


class Cancellation(Exception):
    """The people behind the run do not want it any more."""


class EngineAtWork(Protocol):
    """An engine at work on one job: a process of its own, or the warm one."""

    log: Path
    last_event_at: float
    drained: bool

    @property
    def pid(self) -> int: ...
    @property
    def exit_code(self) -> int | None: ...
    def lines(self, timeout: float) -> Iterator[bytes]: ...
    def close(self) -> None: ...
    def log_tail(self) -> str: ...


Start = Callable[[Path], EngineAtWork]


def carry(claim: Claim, start: Start = Engine) -> None:
    """Carries a claimed run to its end, whatever that is. start: the engine; where the warm one dies, a process of its
    own takes its place. Raises NotAtHand, and what nobody foresaw.
    """
    with _stop_signal() as stop:
        try:
            _Attempt(claim, stop, start).go()
        except NotAtHand:
            claim.hand_back()
            raise
        except LostRun:
            log.warning("Run %s was taken over by another worker.", claim.run_id)
        except Cancellation:
            if not results.are_stored(claim.run):  # else the training is cancelled, and people keep the suggestions
                results.discard(claim)
                label_errors.discard(claim.run)
            claim.end(Run.State.CANCELLED, [])
        except StopRequest:
            claim.hand_back()
        except jobfile.NothingToDo as error:
            _fail(claim, failures.Failure("nothing_to_do", str(error)))
        except BadResults as error:
            _fail(claim, failures.bad_results(error))
        except WorkdirBusy:
            words = gettext_noop("An engine of an earlier attempt does not end. Restart the worker's machine.")
            _fail(claim, failures.Failure("busy", words))
        except (OperationalError, InterfaceError):
            raise  # no database: the lease runs out, and the run is taken up again
        except Exception:
            log.exception("Run %s failed in the worker.", claim.run_id)
            words = gettext_noop("The worker met an error of its own. Its log has the details.")
            _fail(claim, failures.Failure("internal", words))


class _Attempt:
    """The state of one attempt."""

    def __init__(self, claim: Claim, stop: threading.Event, start: Start = Engine) -> None:
        self.claim, self.stop, self.start = claim, stop, start
        self._checked = 0.0

    def go(self) -> None:
        run = self.claim.run
        prepared = jobfile.prepare(run, self.tick)
        self.claim.append([], result=run.result | {"stages": [stage.name for stage in prepared.stages]})
        try:
            self._carry(self.start, prepared)
        except EngineDeath:
            words = gettext_noop("The warm engine ended; the run goes on in a process of its own.")
            self.claim.append([events.stored(events.Log("warning", "warm_engine_gone", words, {}))])
            self._carry(Engine, prepared)

    def _carry(self, start: Start, prepared: jobfile.PreparedJob) -> None:
        run = self.claim.run
        oom_before = failures.oom_kills()
        engine = start(prepared.path)
        journal = Journal(self.claim, engine.log, lambda: group_mb(engine.pid))
        if run.attempts > 1:
            words = gettext_noop("The worker had stopped; the run goes on after its last finished stage.")
            journal.say("resumed", words, "warning")
        try:
            exit_code = self._watch(engine, journal, prepared)
        finally:
            engine.close()
        journal.flush(force=True)
        if exit_code is None:
            _fail(self.claim, failures.silent(_silence()))
        elif exit_code != 0 or not (prepared.path.parent / FILE).exists():
            failure = failures.explain(exit_code, journal.error, engine.log_tail(), oom_before)
            _fail(self.claim, failure, said=journal.error is not None)
        else:
            if run.kind == Run.Kind.SIMILAR:
                matches.store(self.claim, prepared, self.tick)
            elif run.kind == Run.Kind.CHECK:
                label_errors.store(self.claim, prepared, self.tick)
            elif run.kind == Run.Kind.EXPORT:
                exported.store(self.claim, prepared)
            else:
                results.store(self.claim, prepared, journal.summary, self.tick)

    def tick(self) -> None:
        """Cheap to call often: looks a few times a second whether to go on, and keeps the lease."""
        if self.stop.is_set():
            raise StopRequest
        now = time.monotonic()
        if now - self._checked < CHECK_GAP_S:
            return
        self._checked = now
        try:
            if self.claim.check() is Instruction.CANCEL:
                raise Cancellation
        except (OperationalError, InterfaceError):
            close_old_connections()
            if self.claim.expired:
                raise LostRun from None

    def _listen(self, engine: EngineAtWork, journal: Journal, wait_s: float) -> None:
        for line in engine.lines(wait_s):
            journal.take(line)
        self.tick()
        journal.flush()

    def _watch(self, engine: EngineAtWork, journal: Journal, prepared: jobfile.PreparedJob) -> int | None:
        """Reads until the engine has ended; its exit code, or None if it fell silent.

        Suggestions are stored when they are there.
        """
        ended: float | None = None
        stored = results.are_stored(self.claim.run)
        while True:
            self._listen(engine, journal, READ_WAIT_S)
            if journal.suggestions is not None and not stored:
                results.store_finds(self.claim, prepared, lambda: self._listen(engine, journal, 0))
                stored = True
            if engine.exit_code is not None:
                ended = ended or time.monotonic()
                if engine.drained or time.monotonic() - ended > LAST_LINES_S:
                    return engine.exit_code
            elif time.monotonic() - engine.last_event_at > _silence():
                return None


def _silence() -> float:
    return float(getattr(settings, "ENGINE_SILENCE_SECONDS", SILENCE_S))


def _fail(claim: Claim, failure: failures.Failure, *, said: bool = False) -> None:
    """Ends the run as failed; `said`: the engine's own error event is in the journal already."""
    log.warning("Run %s failed: %s %s", claim.run_id, failure.code, failure.detail)
    events = [] if said else [failure.as_event()]
    try:
        claim.end(Run.State.FAILED, events, error_code=failure.code, error_text=failure.text)
    except LostRun:
        log.warning("Run %s was taken over by another worker.", claim.run_id)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """While a run is carried, TERM means: end the engine, hand the run back, then go."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
        if stop.is_set():
            signal.raise_signal(signal.SIGTERM)
