"""`manage.py restore FILE.tar`: a backup into an empty installation, compared whole afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.backups.archive import BackupError
from labelhub.backups.restoring import restore_backup


class Command(BaseCommand):
    help = "Brings a backup into an empty, migrated database, and compares every row and file with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore_backup(options["file"], self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored, and the same: {len(manifest.tables)} tables, {len(manifest.files)} files")
