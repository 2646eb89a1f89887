"""django-q's qcluster, whose processes end with the one that started them. Started by `serve` and `worker`, not by hand."""

from __future__ import annotations

import os
import signal
from typing import Any

from django.conf import settings
from django_q.management.commands.qcluster import Command as QCluster

from labelhub.processes.moved_jobs import keep_old_paths
from labelhub.processes.parent_death import die_with_parent


class Command(QCluster):
    help = "A queue's processes (Q_CLUSTER_NAME says which queue). Use `worker` or `serve`, which watch them."

    def handle(self, *args: Any, **options: Any) -> None:
        # TERM and not KILL: whoever carries a run ends its engine and hands it back. After kill -9 of the master, this reaches
        # the guard process, and after it the workers, which would otherwise live on without anybody.
        os.register_at_fork(after_in_child=lambda: die_with_parent(signal.SIGTERM))
        keep_old_paths()
        super().handle(*args, **options)
        if os.environ.get("Q_CLUSTER_NAME") in settings.ENGINE_QUEUES:
            # Its stop is a TERM to the whole group: the run is handed back, not waited for. django-q's own handler would lock
            # up, waiting for an answer of the guard process that is gone already; this one ends when its children have.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
