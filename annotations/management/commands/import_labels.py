"""`manage.py import_labels`: a file, zip or folder of labels into a project, without a browser."""

from __future__ import annotations

import os
import tempfile
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from annotations import named
from annotations.imports import actions, jobs, notices
from annotations.imports.choices import COMPLETE, NOTHING
from annotations.models import LabelImport
from projects.errors import Forbidden, Refusal
from projects.models import Project, User


class Command(BaseCommand):
    help = "Imports labels, with pictures or without, in any of the formats; --preview says only what they would bring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--project", type=int, required=True)
        parser.add_argument("--dataset", type=int, help="where new pictures go; the first one if not said")
        parser.add_argument("--user", required=True, help="e-mail address of the person in whose name it is done")
        parser.add_argument("--class", dest="classes", action="append", default=[], metavar="NAME=CLASS",
                            help="what a class of the file becomes; nothing after = leaves it out")  # fmt: skip
        parser.add_argument("--complete", choices=COMPLETE, default=NOTHING)
        parser.add_argument("--no-splits", action="store_true")
        parser.add_argument("--preview", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(pk=options["project"]).first()
        actor = User.objects.filter(email__iexact=options["user"]).first()
        if project is None or actor is None:
            raise CommandError("There is no such project, or no such person.")
        if not options["path"].exists():
            raise CommandError(f"There is no {options['path']}.")
        try:
            dataset = named.dataset(project, options["dataset"]) if options["dataset"] else project.datasets.first()
            if dataset is None:
                raise CommandError("The project has no dataset.")
            with tempfile.TemporaryFile() as packed:
                job = actions.take_files(actor, dataset, [_file(options["path"], packed)])
            self._step(job)
            if options["preview"]:
                return
            classes = dict(pair.partition("=")[::2] for pair in options["classes"])
            wanted = {
                "classes": {name: value or None for name, value in classes.items()},
                "complete": options["complete"],
                **({"splits": False} if options["no_splits"] else {}),
            }
            self._step(actions.start(actor, job, wanted))
        except Refusal as error:
            raise CommandError(error.detail) from error
        except Forbidden as error:
            raise CommandError("This person's role in the project does not allow this.") from error

    def _step(self, job: LabelImport) -> None:
        jobs.run_step(job.pk)
        job.refresh_from_db()
        for row in map(notices.said, [*job.problems, *job.notices]):
            place = ":".join(str(part) for part in (row["file"], row["line"]) if part)
            self.stdout.write(f"{place}: {row['detail']}" if place else row["detail"])
        if job.state == LabelImport.State.FAILED:
            raise CommandError("The import failed.")
        found = job.counts if job.step == LabelImport.Step.STORE else _summary(job.preview)
        self.stdout.write(f"{job.phase}: " + ", ".join(f"{n} {name}" for name, n in sorted(found.items()) if n))


def _summary(preview: dict[str, Any]) -> dict[str, int]:
    images: dict[str, int] = preview["images"]
    return images | {name: preview[name] for name in ("boxes", "predictions", "complete")}


def _file(path: Path, packed: Any) -> File[Any]:
    """The file itself; a folder as a zip."""
    if path.is_file():
        return File(path.open("rb"), name=path.name)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for folder, _folders, names in os.walk(path):
            for name in sorted(names):
                one = Path(folder) / name
                archive.write(one, os.fsencode(one.relative_to(path)).decode("utf-8", "replace"))
    packed.seek(0)
    return File(packed, name=f"{path.name or 'labels'}.zip")
