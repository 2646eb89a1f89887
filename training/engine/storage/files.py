"""Arrays and JSON on disk, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


def write_arrays(path: Path, arrays: Arrays) -> None:
    """An .npz file, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def read_arrays(path: Path) -> Arrays | None:
    """An .npz file's arrays, or None where it is missing or broken; never a pickle."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None


def as_json(value: Any) -> str:
    """JSON of plain values and numpy's numbers."""
    return json.dumps(value, ensure_ascii=False, default=float)


def write_json(path: Path, value: Any) -> None:
    """A JSON file, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(as_json(value), encoding="utf-8")
    os.replace(part, path)
