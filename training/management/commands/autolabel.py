"""python manage.py autolabel: the few-shot engine without a browser, on a folder and a COCO file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from training.engine import autolabel
from training.engine.coco.listing import BadShots


class Command(BaseCommand):
    """Labels the images of a folder from a few fully labelled ones."""

    help = "Finds the classes of a few labelled images (COCO) in a folder of images and writes suggestions as COCO."

    def add_arguments(self, parser: CommandParser) -> None:
        autolabel.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        data = Path(getattr(settings, "DATA_DIR", autolabel.ROOT / "data"))
        folders = {
            "weights_dir": Path(getattr(settings, "LABELHUB_WEIGHTS_DIR", None) or data / "weights"),
            "cache_dir": Path(getattr(settings, "ENGINE_CACHE_DIR", None) or data / "cache"),
        }
        wanted = {
            name: options[name]
            for name in ("images", "shots", "out", "device", "budget", "encoder", "seed", "truth", "aim")
        }
        try:
            coco = autolabel.autolabel(autolabel.Options(**wanted, **folders), self.stderr)  # type: ignore[arg-type]
        except BadShots as error:
            raise CommandError(str(error)) from error
        self.stdout.write(autolabel.evaluation_text(coco), ending="")
