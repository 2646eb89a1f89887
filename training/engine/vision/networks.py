"""Networks that are loaded: a process that does several jobs, or answers questions, loads each once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.engine import runtime
from training.engine.vision.weights import ResolvedWeight


class Networks:
    """What was loaded so far, by what it is. weights: files whose hash was checked, by name."""

    def __init__(self) -> None:
        self.weights: dict[str, ResolvedWeight] = {}
        self._frozen: dict[object, Any] = {}
        self._yolo: tuple[str, Any] | None = None

    def frozen(self, key: object, load: Callable[[], Any]) -> Any:
        """A frozen network, loaded when it is first asked for. key: everything that makes another one of it."""
        if key not in self._frozen:
            self._frozen[key] = load()
        return self._frozen[key]

    def yolo(self, path: Path, sha256: str) -> Any:
        """A detector that answers with its own classes; only the last one is kept. The file's hash was checked
        before.
        """
        if self._yolo is None or self._yolo[0] != sha256:
            self._yolo = (sha256, runtime.load_yolo(path))
        return self._yolo[1]
