"""The engine as a process: started in its own group, read line by line, ended by TERM and then KILL."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

from labelhub.env import env
from labelhub.processes.parent_death import wrapped

TERM_GRACE_S = 2.0
OOM_FIRST = 600  # when memory runs out, the kernel ends the engine before the worker that watches it
LOCK_WAIT_S = 20.0
MAX_LINE = 1 << 20
LINES_AT_ONCE = 1000
# What the engine has no business with: it never opens the database, the sessions or the buckets.
KEPT_FROM_ENGINE = ("DATABASE_URL", "LABELHUB_SECRET_KEY", "REDIS_URL", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")


class WorkdirBusy(Exception):
    """An engine of an earlier attempt is still alive in this folder."""


class EngineDeath(Exception):
    """The warm engine ended, or did not answer in time, and is ended."""


class NotAtHand(Exception):
    """The warm engine would keep others waiting with this job, and has not begun it."""


def command() -> list[str]:
    """The engine's command line without the job file; LABELHUB_ENGINE_COMMAND replaces it (tests inject failures
    so).
    """
    given = env.str("LABELHUB_ENGINE_COMMAND", default="")
    return shlex.split(given) if given else [sys.executable, "-m", "training.engine"]


class Engine:
    """One engine process. Start it from the main thread: the kernel ends it together with the thread that started
    it.
    """

    def __init__(self, job: Path) -> None:
        workdir = job.parent
        self._lock = lock(workdir)
        self.log = workdir / "engine.log"
        environment = {name: value for name, value in os.environ.items() if name not in KEPT_FROM_ENGINE}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                wrapped([*command(), str(job)], oom_score=OOM_FIRST),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=settings.BASE_DIR,
                env=environment | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                pass_fds=(self._lock.fileno(),),
            )
        self.last_event_at = time.monotonic()
        self.drained = False  # every line was handed out, and none will come
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=10_000)
        threading.Thread(target=self._read, name="engine-stdout", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        out = self._process.stdout
        assert out is not None
        while line := out.readline(MAX_LINE):
            self._lines.put(line)
        self._lines.put(None)

    def lines(self, timeout: float) -> Iterator[bytes]:
        """Lines that are there now, not endlessly many; waits at most `timeout` for the first one."""
        for _ in range(LINES_AT_ONCE):
            try:
                line = self._lines.get(block=timeout > 0, timeout=timeout or None)
            except queue.Empty:
                return
            if line is None:
                self.drained = True
                return
            self.last_event_at, timeout = time.monotonic(), 0
            yield line

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def stop(self, grace: float = TERM_GRACE_S) -> None:
        """Ends the whole group: TERM, and KILL after `grace` seconds. Returns when it is gone."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        self._signal(signal.SIGKILL)  # also what the engine started and left behind
        self._process.wait()

    def close(self) -> None:
        """Ends what still runs and lets the folder go."""
        self.stop()
        self._lock.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def log_tail(self, most: int = 4000) -> str:
        """The end of what the engine wrote to stderr."""
        return tail(self.log, most)


def tail(path: Path, most: int) -> str:
    """The end of a file, in bytes at most."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - most))
        return file.read().decode("utf-8", "replace")


def lock(workdir: Path, wait_s: float = LOCK_WAIT_S) -> IO[bytes]:
    """The folder's lock, inherited by the engine: while either lives, no second engine starts there, and nobody clears
    it.

    Raises WorkdirBusy after `wait_s` seconds.
    """
    file = (workdir / "lock").open("ab")
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() >= until:
                file.close()
                raise WorkdirBusy(workdir) from None
            time.sleep(0.2)
