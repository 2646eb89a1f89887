"""`manage.py backup FILE.tar`: all rows and files in one archive, while people work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.backups.archive import BackupError, write_backup


class Command(BaseCommand):
    help = "Writes everything that is kept, rows and files, into one archive. People may work meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"]
        if target.exists():
            raise CommandError(f"{target} is there already.")
        if not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent}.")
        try:
            manifest = write_backup(target, self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        for name in manifest.missing:
            self.stderr.write(f"not there: {name}")
        self.stdout.write(f"{target}: {target.stat().st_size / 2**20:.1f} MiB, {len(manifest.missing)} files missing")
