"""Pretrained weights: looked for in a folder, then where the table says, accepted only by their sha256."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from training.engine.vision.weight_sources import Progress, Unreachable, quiet, remote_places
from training.engine.vision.weight_table import Weight, find
from training.protocol.errors import WeightsUnavailable
from training.protocol.hashing import sha256_of


@dataclass(frozen=True, slots=True)
class ResolvedWeight:
    """A weight file that is on this machine, with its origin."""

    weight: Weight
    path: Path
    origin: str


def resolve(name: str, folder: Path, progress: Progress = quiet) -> ResolvedWeight:
    """Finds a weight file, fetching it if need be; what is fetched stays in the folder. Raises WeightsUnavailable."""
    weight = find(name)
    kept = folder / weight.name
    tried: list[str] = []
    if kept.is_file():
        if sha256_of(kept) == weight.sha256:
            return ResolvedWeight(weight, kept, "folder")
        tried.append(f"folder {folder} (its {weight.name} has another sha256 and is not used)")
    else:
        tried.append(f"folder {folder} (no {weight.name})")
    for origin, fetch in remote_places(weight, progress):
        try:
            with fetch() as found:
                if sha256_of(found) != weight.sha256:
                    tried.append(f"{origin} (another sha256)")
                    continue
                return ResolvedWeight(weight, _keep(found, weight, folder), origin)
        except Unreachable as error:
            tried.append(f"{origin} ({error})")
    raise WeightsUnavailable(weight.name, tried)


def _keep(found: Path, weight: Weight, folder: Path) -> Path:
    """Moves a checked file into the folder in one step, so that two runs never see half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / weight.name
    part = folder / f".{weight.name}.{os.getpid()}.part"
    try:
        shutil.copyfile(found, part)
        os.replace(part, kept)
    finally:
        part.unlink(missing_ok=True)
    return kept
