"""python manage.py check_labels: likely label errors of a COCO file, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from training.engine import check_labels
from training.engine.autolabel import ROOT
from training.engine.coco.listing import BadShots


class Command(BaseCommand):
    """Looks for wrong, missing and loose boxes."""

    help = "Lists boxes of a COCO file that are likely of another class, of nothing, missing or loose, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        check_labels.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        data = Path(getattr(settings, "DATA_DIR", ROOT / "data"))
        wanted = {name: options[name] for name in ("labels", "images", "out", "device", "seed")}
        asked = check_labels.CheckOptions(
            weights_dir=Path(getattr(settings, "LABELHUB_WEIGHTS_DIR", None) or data / "weights"),
            cache_dir=Path(getattr(settings, "ENGINE_CACHE_DIR", None) or data / "cache"),
            **wanted,
        )
        try:
            written = check_labels.check_labels(asked, self.stderr)  # type: ignore[arg-type]
        except BadShots as error:
            raise CommandError(str(error)) from error
        self.stdout.write(check_labels.summary(written, asked.out), ending="")
