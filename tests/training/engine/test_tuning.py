"""Tuned numbers live in engine/tuning, and each says its unit, its reason and what chose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.stray_numbers import strays
from training.engine.tuning import DEFAULTS, PROGRESS
from training.engine.tuning.settings import ORIGINS

ROOT = Path(__file__).resolve().parents[3]
ENGINE = ROOT / "training" / "engine"


def settings() -> Iterator[tuple[str, Any]]:
    parts = {**{part.name: getattr(DEFAULTS, part.name) for part in fields(DEFAULTS)}, "progress": PROGRESS}
    for name, own in parts.items():
        assert is_dataclass(own)
        for one in fields(own):
            yield f"{name}.{one.name}", one


@pytest.mark.parametrize(("name", "one"), list(settings()), ids=[name for name, _ in settings()])
def test_each_number_says_what_it_is_and_what_chose_it(name: str, one: Any) -> None:
    assert one.metadata["unit"]
    assert one.metadata["reason"]
    by = one.metadata["by"]
    assert by in ORIGINS or (ROOT / "bench" / "engine" / f"{by}.py").is_file(), f"{name}: no bench is called {by}"


def test_no_tuned_number_lies_elsewhere() -> None:
    files = [path for path in sorted(ENGINE.rglob("*.py")) if "tuning" not in path.relative_to(ENGINE).parts]
    assert [one for path in files for one in strays(path)] == []
