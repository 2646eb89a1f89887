"""`manage.py jobs default search gpu`: takes jobs from these queues, one of each at a time.

Started by `serve` and `worker`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from labelhub.processes.jobs import JobRunner


class Command(BaseCommand):
    help = "Runs the jobs of one or more queues. Use `worker` or `serve`, which watch it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queues", nargs="+", choices=settings.QUEUES)

    def handle(self, *args: Any, **options: Any) -> None:
        JobRunner(options["queues"]).run()
