"""The API's description is drawn without a complaint, in a process as `manage.py spectacular` has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS


def test_is_drawn_without_warnings_and_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    try:
        call_command("spectacular", file=str(tmp_path / "description.yaml"), fail_on_warn=True)
    finally:
        GENERATOR_STATS.reset()
    assert capsys.readouterr().err == ""
