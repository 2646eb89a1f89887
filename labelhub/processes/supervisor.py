"""Starts processes, each in its own group, prefixes what they say, starts again what died, and stops them within
seconds.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from labelhub.processes import heartbeat
from labelhub.processes.jobs import GRACE_S
from labelhub.processes.parent_death import wrapped

log = logging.getLogger(__name__)

TICK_S = 0.2
SWEEP_S = 10.0  # and more often where leases are shorter
BEAT_S = 5.0
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
SETTLED_S = 60.0  # who lived this long starts again at once
LEAVE_S = 7.0  # a run needs up to five seconds to end its engine and go back into the queue
# Called now and then by every supervisor; any number of them may. Named by path: arrows point from the apps to here.
SWEEPS = (
    "training.jobs.sweep",
    "training.runner.cleanup.sweep",
    "training.predictions.actions.sweep",
    "training.predictions.automatic.sweep",
    "projects.webhooks.jobs.sweep",
    "projects.notifications.digest.sweep",
    "projects.images.imports.resume_imports",
    "annotations.imports.jobs.resume",
    "projects.images.duplicates.sweep",
    "annotations.exports.sweep.sweep",
    "annotations.work.turns.sweep",
    "annotations.versions.restores.resume_restores",
    "annotations.splits.jobs.resume",
    "annotations.bulk_edits.jobs.resume",
    "annotations.datasets.jobs.resume",
    "projects.storage.jobs.resume",
    "projects.bin.jobs.sweep",
)


@dataclass
class Child:
    """One watched process. `grace`: seconds for its leader alone to finish its work, before its whole group is asked to
    go.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    grace: float = 0.0
    beats: tuple[str, ...] = ()  # queues that are looked after while it lives
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = SHORTEST_PAUSE_S
    start_at: float = 0.0

    def start(self) -> None:
        """Starts it as the leader of a new group, to be ended by the kernel should this process die."""
        self.process = subprocess.Popen(
            wrapped(self.command),
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started = time.monotonic()
        threading.Thread(target=self._forward, args=(self.process,), daemon=True).start()

    def _forward(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.write(f"{self.name:>7} | {line.decode('utf-8', 'replace').rstrip()}\n")
                sys.stdout.flush()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int, *, group: bool) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self.process.pid, number)
            else:
                os.kill(self.process.pid, number)

    @property
    def group_alive(self) -> bool:
        """Is anything of the group left, the leader (which we reap) or what it had started?"""
        if self.alive:
            return True
        if self.process is None:
            return False
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def sweep_group(self) -> None:
        """After its leader died: what it left behind goes too, so that no second worker runs beside the next one."""
        until = time.monotonic() + LEAVE_S
        self.signal(signal.SIGTERM, group=True)
        while self.group_alive and time.monotonic() < until:
            time.sleep(TICK_S)
        self.signal(signal.SIGKILL, group=True)


class Supervisor:
    """Runs children until told to stop."""

    def __init__(self, children: list[Child], *, say: Callable[[str], None] = print) -> None:
        self.children = children
        self.say = say
        self._stop = threading.Event()
        self._swept = 0.0
        self._beaten = 0.0

    def run(self) -> None:
        """Starts everything and watches it; returns after SIGINT or SIGTERM, when all of it is gone."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            while not self._stop.is_set():
                for child in self.children:
                    self._look_after(child)
                self._every_now_and_then()
                self._stop.wait(TICK_S)
        finally:
            self.stop_all()

    def _on_signal(self, number: int, _frame: object) -> None:
        if self._stop.is_set():  # asked twice: no more patience
            for child in self.children:
                child.signal(signal.SIGKILL, group=True)
        self._stop.set()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.alive:
            return
        if child.process is not None:
            code = child.process.poll()
            child.sweep_group()
            child.process = None
            child.pause = SHORTEST_PAUSE_S if now - child.started > SETTLED_S else min(child.pause * 2, LONGEST_PAUSE_S)
            child.start_at = now + child.pause
            self.say(f"{child.name} ended ({code}); it starts again in {child.pause:.0f} s.")
        if now >= child.start_at:
            child.start()

    def _every_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._beaten >= BEAT_S:
            self._beaten = now
            for child in self.children:
                for name in child.beats if child.alive else ():
                    _guarded("heartbeat", lambda name=name: heartbeat.beat(name))  # type: ignore[misc]
        if now - self._swept >= min(SWEEP_S, settings.RUN_LEASE_SECONDS / 3):
            self._swept = now
            for path in SWEEPS:
                _guarded(path, import_string(path))
            close_old_connections()

    def stop_all(self) -> None:
        """TERM to those that may finish, then to whole groups, then KILL; all side by side."""
        started = time.monotonic()
        termed: set[str] = set()
        for child in self.children:
            if child.grace:  # once and not twice: a second TERM inside the handler of the first locks django-q up
                child.signal(signal.SIGTERM, group=False)
        longest = max((child.grace for child in self.children), default=0) + LEAVE_S
        while any(child.group_alive for child in self.children):
            gone = time.monotonic() - started
            for child in self.children:
                if gone >= child.grace and child.name not in termed:
                    termed.add(child.name)
                    child.signal(signal.SIGTERM, group=True)
            if gone > longest:
                for child in self.children:
                    child.signal(signal.SIGKILL, group=True)
            if gone > longest + 2:
                break
            time.sleep(0.05)
        self.say(f"Stopped in {time.monotonic() - started:.1f} s.")


def _guarded(what: str, call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:  # the database may be away: what is watched goes on meanwhile
        log.warning("%s: %s", what, error)
        close_old_connections()


def python(*arguments: str) -> list[str]:
    """A command line with this very Python."""
    return [sys.executable, *arguments]


def web(host: str, port: int) -> Child:
    """Pages, API and websockets."""
    command = python(
        "-m", "uvicorn", "labelhub.asgi:application", "--host", host, "--port", str(port), "--lifespan", "off",
        "--timeout-graceful-shutdown", "3", "--no-access-log", "--log-level", "warning",
        "--ws-per-message-deflate", "false",  # messages of 100 bytes: squeezing each costs more than it saves
    )  # fmt: skip
    # Else each of its threads keeps what its pictures once took: some 25 MB more after a few uploads.
    return Child("web", command, {"MALLOC_ARENA_MAX": "2"})


def jobs(*queues: str) -> Child:
    """The jobs of these queues. Its running import or thumbnail may finish; a run is handed back at once."""
    grace = 0.0 if set(queues) <= set(settings.ENGINE_QUEUES) else GRACE_S + 0.5
    name = queues[0] if len(queues) == 1 else "jobs"
    return Child(name, python("manage.py", "jobs", *queues), grace=grace, beats=queues)
