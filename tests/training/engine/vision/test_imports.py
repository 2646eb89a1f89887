"""Ultralytics patches Pillow where it is imported: who only names the engine's networks must not load it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.training.engine.conftest import ROOT


@pytest.mark.parametrize("module", ["training.engine.vision.detector", "bench.engine.clicks", "bench.engine.leave_out"])
def test_ultralytics_comes_with_the_network_alone(module: str) -> None:
    code = f"import sys, {module}; sys.exit('ultralytics' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
