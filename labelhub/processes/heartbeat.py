"""Signs of life of the workers: in the shared cache where there is one, else as files in the data folder of the one
machine.
"""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache

LATELY_S = 30.0
KEY = "labelhub-worker"


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "heartbeats"


def beat(name: str) -> None:
    """Says that the worker `name` of this machine is alive now."""
    who = f"{name}@{socket.gethostname()}"
    if settings.REDIS_URL:
        known = {*cache.get(KEY, ()), who}
        cache.set(KEY, known, None)
        cache.set(f"{KEY}:{who}", time.time(), LATELY_S * 10)
        return
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.{os.getpid()}"
    part.write_text(json.dumps({"worker": who, "at": time.time()}), encoding="utf-8")
    os.replace(part, folder / f"{name}.json")


def seen() -> list[dict[str, Any]]:
    """Every worker that was heard of: [{name, host, seconds_ago, alive}]."""
    now = time.time()
    rows = [
        {
            "name": who.partition("@")[0],
            "host": who.partition("@")[2],
            "seconds_ago": round(now - at, 1),
            "alive": now - at < LATELY_S,
        }
        for who, at in (_from_cache() if settings.REDIS_URL else _from_files())
    ]
    return sorted(rows, key=lambda row: (row["name"], row["host"]))


def _from_cache() -> list[tuple[str, float]]:
    found = cache.get_many([f"{KEY}:{who}" for who in cache.get(KEY, ())])
    return [(key.removeprefix(f"{KEY}:"), at) for key, at in found.items()]


def _from_files() -> list[tuple[str, float]]:
    found = []
    for path in _folder().glob("*.json"):
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            found.append((str(row["worker"]), float(row["at"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found
