"""A warm engine as a process: asked line by line, started again when it died or grew too large, ended with its
worker.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

from labelhub.processes.parent_death import wrapped
from training.protocol.serving import NOT_AT_HAND, OPTION, Answer, JobQuestion, Question
from training.runner.memory import group_mb
from training.runner.process import (
    KEPT_FROM_ENGINE,
    LINES_AT_ONCE,
    MAX_LINE,
    OOM_FIRST,
    EngineDeath,
    NotAtHand,
    command,
    lock,
    tail,
)

LOG = "predict.log"


class WarmEngine:
    """At most one process at a time, started when it is first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0
        self._lines: queue.Queue[bytes | None] = queue.Queue()

    def ask(self, question: Question, patience_s: float) -> Answer:
        """Raises EngineDeath."""
        until = time.monotonic() + patience_s
        try:
            self._say(question)
            while (line := self._lines.get(timeout=max(until - time.monotonic(), 0.0))) is not None:
                answer = Answer.of(line)
                if answer is not None and answer.id == question.id:
                    self._answered += 1
                    return answer
        except (OSError, queue.Empty):
            pass
        self.close()
        raise EngineDeath

    def begin(self, job: Path) -> WarmJob:
        """Starts a job; nothing else may be asked before it has ended. Raises EngineDeath, WorkdirBusy."""
        kept = lock(job.parent)
        try:
            process = self._say(JobQuestion(job.parent.name, job))
        except OSError:
            kept.close()
            self.close()
            raise EngineDeath from None
        self._answered += 1
        return WarmJob(self, process, self._lines, job, kept)

    def _say(self, question: Question | JobQuestion) -> subprocess.Popen[bytes]:
        process = self._process if self._process and self._process.poll() is None else self._start()
        assert process.stdin is not None
        process.stdin.write(question.line().encode() + b"\n")
        process.stdin.flush()
        return process

    def rest(self) -> None:
        """Between two questions: what has grown too large or answered enough goes, and the next starts afresh."""
        if self._process is None:
            return
        large = (group_mb(self._process.pid) or 0) > settings.PREDICT_MEMORY_MB
        if large or self._answered >= settings.PREDICT_QUESTIONS:
            self.close()

    @property
    def patience_s(self) -> float:
        """For the next answer: a fresh engine may need longer than its asker waits, and is warm for the next one."""
        warm = self._process is not None and self._process.poll() is None and self._answered > 0
        patience: float = settings.PREDICT_PATIENCE_S
        return patience if warm else max(patience, settings.PREDICT_START_S)

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        environment = {name: value for name, value in os.environ.items() if name not in KEPT_FROM_ENGINE}
        settings.RUNS_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.RUNS_DIR / LOG).open("wb") as log:
            process = subprocess.Popen(
                wrapped([*command(), OPTION], oom_score=OOM_FIRST),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=settings.BASE_DIR,
                env=environment | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self._process, self._lines, self._answered = process, queue.Queue(), 0
        threading.Thread(target=_read, args=(process, self._lines), name="warm-engine", daemon=True).start()
        return process

    def close(self) -> None:
        """Ends it, and all that it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # it holds nothing that could be lost
        self._process.wait()
        self._process = None


class WarmJob:
    """A job at work in a warm engine, watched as an engine of its own is (training.runner.process.Engine)."""

    def __init__(
        self, engine: WarmEngine, process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None], job: Path,
        kept: IO[bytes],
    ) -> None:  # fmt: skip
        self._engine, self._process, self._lines, self._lock = engine, process, lines, kept
        self._id = job.parent.name
        self.log = job.parent / "engine.log"
        self.last_event_at = time.monotonic()
        self.drained = False
        self.answer: Answer | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def lines(self, timeout: float) -> Iterator[bytes]:
        """See Engine; the answer is the last, and no event. Raises EngineDeath, NotAtHand."""
        for _ in range(LINES_AT_ONCE):
            if self.drained:
                return
            try:
                line = self._lines.get(block=timeout > 0, timeout=timeout or None)
            except queue.Empty:
                return
            if line is None:
                raise EngineDeath
            found = Answer.of(line)
            if found is not None and found.id == self._id:
                self.answer, self.drained = found, True
                if found.error.get("code") == NOT_AT_HAND:
                    raise NotAtHand
                return
            self.last_event_at, timeout = time.monotonic(), 0
            yield line

    @property
    def exit_code(self) -> int | None:
        """As that of a process of its own; None while it is at work."""
        if self.answer is not None:
            return 1 if self.answer.error else 0
        return self._process.poll()

    def close(self) -> None:
        """Lets the folder go; what is still at work ends with its engine, for it can be stopped in no other way."""
        if self.answer is None:
            self._engine.close()
        self._lock.close()

    def log_tail(self, most: int = 4000) -> str:
        """The end of what the engine wrote to stderr."""
        return tail(Path(settings.RUNS_DIR) / LOG, most)


def _read(process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None]) -> None:
    assert process.stdout is not None
    while line := process.stdout.readline(MAX_LINE):
        lines.put(line)
    lines.put(None)
