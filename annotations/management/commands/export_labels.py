"""`manage.py export_labels PROJECT --format yolo --out labels.zip`: an export without the web, with the same
choices.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from annotations.exports.choice import STATES
from annotations.exports.counts import count
from annotations.exports.export import export
from annotations.exports.selection import Selection
from annotations.exports.serializers import parse_of
from annotations.exports.sources import of_now
from annotations.formats.table import FORMATS
from projects.errors import Refusal
from projects.models import Project


class Command(BaseCommand):
    help = "Exports the labels of a project into a file, and says what went in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", type=int, help="number of the project, as its address has it")
        parser.add_argument("--format", required=True, choices=list(FORMATS))
        parser.add_argument("--out", type=Path, help="a file or a folder; the working folder where nothing is said")
        parser.add_argument("--class", action="append", default=[], help="id of a class; may be repeated")
        parser.add_argument("--dataset", help="id of a dataset")
        parser.add_argument("--split", help="train, val, test, or none for images outside of all three")
        parser.add_argument("--state", choices=STATES)
        parser.add_argument("--author", help="id of a person: images in which that person made a box")
        parser.add_argument("--since", help="images added on this day or later, as 2026-01-31")
        parser.add_argument("--until", help="images added on this day or earlier")
        parser.add_argument("--min-probability", help="of a prediction, 0 to 1")
        parser.add_argument("--predictions", action="store_true", help="suggestions that wait come as predictions")
        parser.add_argument("--images", action="store_true", help="the pictures come along")
        parser.add_argument(
            "--unfinished",
            action="store_true",
            default=None,
            help="images that are not complete come too; their unmarked objects would be taught as background",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(pk=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            selection = Selection.of(project, parse_of(project, {k: v for k, v in options.items() if v is not None}))
        except (Refusal, ValidationError) as error:
            raise CommandError(getattr(error, "detail", str(error))) from error
        counts = count(selection)
        download = export(of_now(selection), selection.choice)
        path = _place(options["out"], download.name)
        if not counts.images and counts.unfinished:
            raise CommandError(
                f"None of the {counts.unfinished} images is complete for the classes: --unfinished takes them."
            )
        _write(path, download.chunks)
        self.stdout.write(
            f"{path}: {counts.images} images, {counts.boxes} boxes, {counts.predictions} predictions;"
            f" {0 if selection.choice.unfinished else counts.unfinished} unfinished images left out"
        )


def _place(out: Path | None, name: str) -> Path:
    out = out or Path()
    return out / name if out.is_dir() else out


def _write(path: Path, chunks: Any) -> None:
    """Whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        os.replace(partial, path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)
