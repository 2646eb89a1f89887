"""`manage.py worker gpu`: one queue's worker, watched. At team scale one per GPU, and at least one `default`, on any host."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from labelhub import supervisor


class Command(BaseCommand):
    help = "Runs the worker of one queue: default (imports, exports) or gpu (runs of the engine)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=["default", "gpu"])

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor.Supervisor([supervisor.worker(options["queue"])], say=self.stdout.write).run()
