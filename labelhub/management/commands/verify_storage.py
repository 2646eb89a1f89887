"""`manage.py verify_storage`: is every file there and what it was, and which are there for nothing?"""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.backups.files import faults, orphans


class Command(BaseCommand):
    help = "Reads every stored file that a row names, and lists files that nothing names. Changes nothing by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete-orphans", action="store_true", help="delete what nothing names")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = loose = 0
        for fault in faults():
            wrong += 1
            self.stdout.write(f"{fault.problem}: {fault.name} ({fault.row})")
        for name in orphans():
            loose += 1
            self.stdout.write(f"orphan: {name}")
            if options["delete_orphans"]:
                default_storage.delete(name)
        done = "deleted" if options["delete_orphans"] else "found"
        self.stdout.write(f"{wrong} files missing, empty or changed; {loose} orphans {done}")
        if wrong:
            raise CommandError("The storage is not whole.")
