"""Takes the jobs of one or more queues, one of each queue at a time, each in a process of its own that ends with it.

django-q's own cluster holds five processes for each queue, busy or not. Its messages, its way to call a job and to keep
the result are used here as they are; only who waits for messages is one light process. What a job imports and holds
goes when it ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from django.conf import settings
from django.db import Error, connections
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.monitor import monitor
from django_q.signing import BadSignature, SignedPackage
from django_q.worker import worker

from labelhub.processes.parent_death import die_with_parent

log = logging.getLogger(__name__)

POLL_S = 0.5
AWAY_S = 3.0  # between two looks while the database does not answer
GRACE_S = 4.0  # for an import or a thumbnail to finish; a run is handed back at once


class JobRunner:
    """The light process. `run` returns after SIGTERM, when no job is left."""

    def __init__(self, queues: Sequence[str]) -> None:
        self.brokers: dict[str, Broker] = {name: get_broker(name) for name in queues}
        self.running: dict[int, str] = {}  # queue of each process
        self._wake = threading.Event()
        self._stop = False

    def run(self) -> None:
        """Takes and starts jobs until it is told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: self._wake.set())
        pause = POLL_S
        while not self._stop:
            self._wake.wait(pause)
            self._wake.clear()
            self._reap()
            try:
                self._start_what_waits()
                pause = POLL_S
            except Error as error:
                log.warning("The queues cannot be read: %s", error)
                connections.close_all()
                pause = AWAY_S
        self._end()

    def _on_stop(self, *_: Any) -> None:
        self._stop = True
        self._wake.set()

    def _start_what_waits(self) -> None:
        free = set(self.brokers) - set(self.running.values())
        if not free or self._stop:
            return
        waiting = OrmQ.objects.filter(key__in=free, lock__lt=timezone.now())
        for name in sorted(set(waiting.order_by().values_list("key", flat=True))):
            for message, payload in self.brokers[name].dequeue() or ():
                self._start(name, message, payload)

    def _start(self, name: str, message: int, payload: str) -> None:
        broker = self.brokers[name]
        try:
            task = SignedPackage.loads(payload)
        except (TypeError, BadSignature):
            log.exception("A message of the queue %s cannot be read; it is thrown away.", name)
            broker.fail(message)
            return
        task |= {"cluster": name, "ack_id": message}
        connections.close_all()  # no two processes on one connection
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _carry_out(task, broker, parent)
        self.running[pid] = name

    def _reap(self) -> None:
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            name = self.running.pop(pid, "")
            if status:
                log.error("A job of the queue %s ended with %s.", name, os.waitstatus_to_exitcode(status))

    def _end(self) -> None:
        """A run goes back into its queue at once, other work may finish within its grace."""
        until = time.monotonic() + GRACE_S
        self._tell(lambda name: name in settings.ENGINE_QUEUES)
        asked = False
        while self.running:
            self._wake.wait(0.1)
            self._wake.clear()
            self._reap()
            if not asked and time.monotonic() > until:
                asked = True
                self._tell(lambda name: name not in settings.ENGINE_QUEUES)

    def _tell(self, whom: Any) -> None:
        for pid, name in self.running.items():
            if whom(name):
                os.kill(pid, signal.SIGTERM)


def _carry_out(task: dict[str, Any], broker: Broker, parent: int) -> NoReturn:
    """In the job's own process: calls it and keeps its result, by django-q's own functions."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # TERM and not KILL: whoever carries a run ends its engine and hands it back.
        die_with_parent(signal.SIGTERM)
        if os.getppid() == parent:
            tasks: Any = queue.SimpleQueue()
            results: Any = queue.SimpleQueue()
            for item in (task, "STOP"):
                tasks.put(item)
            worker(tasks, results, multiprocessing.Value("f", -1), Conf.TIMEOUT)
            results.put("STOP")
            monitor(results, broker)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        log.exception("A job broke its process.")
    finally:
        connections.close_all()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
