"""A save that was answered is on the disk: SQLite syncs its log once in each transaction."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ASK = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    print(*[cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")])
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, "wal 2"), ("FULL", "wal 2"), ("NORMAL", "wal 1"), ("OFF", "LABELHUB_SQLITE_SYNCHRONOUS")],
)
def test_sqlite_is_full_unless_said_otherwise(tmp_path: Path, given: str | None, expected: str) -> None:
    environment = os.environ | {"LABELHUB_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
    environment.pop("DATABASE_URL", None)
    if given:
        environment["LABELHUB_SQLITE_SYNCHRONOUS"] = given
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert expected in done.stdout + done.stderr
