"""Stage results on disk: written in one step, so that a run that died goes on after its last finished stage."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from training.engine.cache import Arrays, read_arrays, write_arrays


def write_json(path: Path, value: Any) -> None:
    """A JSON file, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(value, ensure_ascii=False, default=float), encoding="utf-8")
    os.replace(part, path)


class StageStore:
    """The results of a run's stages. `fingerprint` names the job: another job in the same folder starts afresh."""

    def __init__(self, workdir: Path, fingerprint: str) -> None:
        self._folder = workdir / "stages"
        self._fingerprint = fingerprint

    def load(self, name: str) -> tuple[Any, Arrays] | None:
        """A finished stage's result, or None."""
        try:
            facts = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(facts, dict) or facts.get("fingerprint") != self._fingerprint:
            return None
        if not facts["arrays"]:
            return facts["value"], {}
        arrays = read_arrays(self._folder / f"{name}.npz")
        return None if arrays is None else (facts["value"], arrays)

    def save(self, name: str, value: Any, arrays: Arrays) -> None:
        """Keeps a stage's result; the JSON comes last, so a stage with one is whole."""
        if arrays:
            write_arrays(self._folder / f"{name}.npz", arrays)
        write_json(
            self._folder / f"{name}.json",
            {"fingerprint": self._fingerprint, "arrays": bool(arrays), "value": value},
        )
