"""Where everything is to be tested, a machine that lacks something fails at once and says what it lacks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_missing_database_is_a_failure_where_nothing_may_be_left_out() -> None:
    environment = os.environ | {"LABELHUB_TEST_ALL": "1", "LABELHUB_TEST_POSTGRES": "postgres://nobody@127.0.0.1:9/x"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.run"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "PostgreSQL (nothing answers at postgres://nobody@127.0.0.1:9/x)" in done.stdout
