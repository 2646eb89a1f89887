"""Prepares a database of its own for tests with real processes: `scene.py [IMAGES]` migrates, makes a project, queues a
run.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from tests.training.conftest import make_bench  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    bench = make_bench(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    client = Client()
    client.force_login(bench.owner)
    run = bench.start()
    print(
        json.dumps(
            {
                "run": run.pk,
                "project": bench.project.pk,
                "label": bench.label.pk,
                "image": bench.images[0].pk,
                "workdir": run.key.hex,
                "session": client.cookies["sessionid"].value,
            }
        )
    )
