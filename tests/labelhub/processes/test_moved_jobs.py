"""Messages that waited in a queue through an upgrade find their job."""

from __future__ import annotations

import pydoc
import subprocess
import sys

import pytest

from labelhub.processes.moved_jobs import MOVED

FIND = """
import django, pydoc
django.setup()
from labelhub.processes.moved_jobs import keep_old_paths
keep_old_paths()
assert callable(pydoc.locate({old!r}))
"""


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_old_path_leads_to_the_job(old: str, new: str) -> None:
    assert callable(pydoc.locate(new))
    subprocess.run([sys.executable, "-c", FIND.format(old=old)], check=True)
