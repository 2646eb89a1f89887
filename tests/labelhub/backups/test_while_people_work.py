"""A backup of an installation in which somebody saves box after box: nobody waits, and what comes back fits
together.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, environment_of

pytestmark = pytest.mark.alone
# Says "seeded" and saves until it is ended; then how long the slowest save took, in milliseconds.
SAVE = """
import signal, sys, time, uuid, django; django.setup()
from annotations.boxes.actions import apply_changes
from tests import factories
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
project = factories.make_project()
label, images = factories.make_class(project), [factories.make_image(project) for _ in range(50)]
slowest = n = 0
while not over:
    if n == 50:
        print("seeded", flush=True)
    image = images[n % 50]
    began = time.monotonic()
    change = {"op": "create", "id": str(uuid.uuid4()), "class": label.pk, "xyxy": [1, 1, 9, 9]}
    apply_changes(project.created_by, image, seen=1 + n // 50, changes=[change])
    slowest, n = max(slowest, time.monotonic() - began), n + 1
print(round(1000 * slowest))
"""
COUNT = """
import django; django.setup()
from annotations.models import Box, BoxHistory
from projects.models import Image
print(Box.objects.count(), BoxHistory.objects.filter(verb="created").count(),
      sum(v - 1 for v in Image.objects.values_list("version", flat=True)))
"""


def manage(data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment_of(data), check=True, capture_output=True,
        text=True
    )  # fmt: skip


def script(text: str, data: Path) -> subprocess.Popen[str]:
    environment = environment_of(data) | {"DJANGO_SETTINGS_MODULE": "labelhub.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", text], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )  # fmt: skip


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    manage(tmp_path / "before", "migrate", "-v0")
    running = script(SAVE, tmp_path / "before")
    yield running
    running.kill()


def test_a_backup_while_people_work(saver: subprocess.Popen[str], tmp_path: Path) -> None:
    assert saver.stdout is not None
    assert saver.stdout.readline() == "seeded\n"
    manage(tmp_path / "before", "backup", tmp_path / "all.tar")
    saver.terminate()
    slowest = int(saver.communicate(timeout=30)[0])
    manage(tmp_path / "after", "migrate", "-v0")
    assert "Restored, and the same" in manage(tmp_path / "after", "restore", tmp_path / "all.tar").stdout
    boxes, history, versions = map(int, script(COUNT, tmp_path / "after").communicate(timeout=60)[0].split())
    assert boxes == history == versions >= 50
    assert slowest < 5000  # a save that waited for all rows to be read would be slower on a large project
    assert os.path.getsize(tmp_path / "all.tar") > 50_000
