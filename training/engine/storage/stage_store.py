"""Stage results on disk: written in one step, so that a run that died goes on after its last finished stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.engine.storage.files import Arrays, read_arrays, write_arrays, write_json

# The form of what stages leave. Raise it whenever a stage leaves other names, shapes or meanings: a run that older code
# began and newer code takes up makes those stages again.
SCHEMA = 5
Tell = Callable[[str, str, str], None]


class StageStore:
    """The results of a run's stages. `fingerprint` names the job: another job in the same folder starts afresh.

    tell(stage, code, sentence): hears of a result that is there but cannot be used.
    """

    def __init__(self, workdir: Path, fingerprint: str, tell: Tell = lambda *_: None) -> None:
        self._folder = workdir / "stages"
        self._fingerprint = fingerprint
        self._tell = tell
        self._whole: set[str] = set()

    def load(self, name: str) -> tuple[Any, Arrays] | None:
        """A finished stage's result, or None; one that is outdated or broken is told of and dropped."""
        path = self._folder / f"{name}.json"
        if not path.is_file():
            return None
        facts = _read_json(path)
        if facts is not None and facts.get("schema") != SCHEMA:
            words = f"An earlier version left the stage {name} in a form that is no longer read; it is made again."
            self._refuse(name, "stage_outdated", words)
            return None
        if facts is not None and facts.get("fingerprint") != self._fingerprint:
            return None
        arrays = read_arrays(self._folder / f"{name}.npz") if facts and facts.get("arrays") else {}
        if facts is None or "value" not in facts or arrays is None:
            words = f"What the stage {name} had left on disk cannot be read; it is made again."
            self._refuse(name, "stage_unreadable", words)
            return None
        self._whole.add(name)
        return facts["value"], arrays

    def save(self, name: str, value: Any, arrays: Arrays) -> None:
        """Keeps a stage's result; the JSON comes last, so a stage with one is whole.

        What followed on an older result goes.
        """
        self._whole.discard(name)
        for path in self._folder.glob("*.json"):
            if path.stem not in self._whole:
                path.unlink(missing_ok=True)
        if arrays:
            write_arrays(self._folder / f"{name}.npz", arrays)
        write_json(
            self._folder / f"{name}.json",
            {"schema": SCHEMA, "fingerprint": self._fingerprint, "arrays": bool(arrays), "value": value},
        )
        self._whole.add(name)

    def drop(self, name: str) -> None:
        """Forgets a stage's result."""
        self._whole.discard(name)
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def _refuse(self, name: str, code: str, words: str) -> None:
        self.drop(name)
        self._tell(name, code, words)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
