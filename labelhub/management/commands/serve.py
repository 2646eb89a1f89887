"""`manage.py serve`: everything on one machine, in one terminal: web and a worker of each queue; Ctrl-C stops all of
it.
"""

from __future__ import annotations

import fcntl
import socket
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_q.models import OrmQ

from labelhub.first_admin import fresh_token
from labelhub.processes import supervisor


class Command(BaseCommand):
    help = "Starts and watches the web process and the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        with _only_one():
            _must_be_free(host, port)
            _must_be_migrated()
            _release_messages()
            address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}{settings.URL_PREFIX}/"  # noqa: S104 - compared
            self.stdout.write(f"LabelHub is at {address}  (Ctrl-C stops it)")
            token = fresh_token()
            if token:
                self.stdout.write("\nNobody is here yet. Open this link once to become the first administrator:")
                self.stdout.write(f"\n    {address}setup/{token}/\n")
            self.stdout.flush()
            children = [supervisor.web(host, port), supervisor.jobs(*settings.QUEUES)]
            connection.close()
            supervisor.Supervisor(children, say=self._say).run()

    def _say(self, text: str) -> None:
        self.stdout.write(f"  serve | {text}")
        self.stdout.flush()


def _only_one() -> IO[bytes]:
    """Held while this runs: two supervisors on one data folder would take each other's messages."""
    file = (settings.DATA_DIR / "serve.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(f"LabelHub is running already on {settings.DATA_DIR}.") from None
    return file


def _must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"The address {host}:{port} cannot be used: {error.strerror}. Try --port.") from None


def _must_be_migrated() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date: run `python manage.py migrate` (`make setup` does it).")


def _release_messages() -> None:
    """On one machine nobody works before this starts: what a killed worker had taken is delivered again."""
    if connection.vendor == "sqlite":
        OrmQ.objects.filter(lock__gt=timezone.now()).update(lock=timezone.now())
