"""`manage.py worker gpu`: one queue's worker, watched.

At team scale one per GPU, and at least one of each other queue.
"""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.processes import heartbeat, supervisor


class Command(BaseCommand):
    help = "Runs the worker of one queue: default (imports, exports), search (more like this) or gpu (all other runs)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=settings.QUEUES)
        parser.add_argument(
            "--check", action="store_true", help="only say whether this machine's worker was alive lately"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            mine = {"name": options["queue"], "host": socket.gethostname(), "alive": True}
            if not any(mine.items() <= worker.items() for worker in heartbeat.seen()):
                raise CommandError("This machine's worker gave no sign of life lately.")
            return
        supervisor.Supervisor([supervisor.jobs(options["queue"])], say=self.stdout.write).run()
