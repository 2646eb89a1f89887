"""What most benches are asked alike: which device, whose data, where weights and features lie."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bench.engine.fewshot import DATA
from training.engine.autolabel import ROOT


def add_usual(parser: argparse.ArgumentParser) -> Path:
    """Adds --device, --data, --weights-dir and --cache-dir; returns the data folder that their defaults lie in."""
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    weights = Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--weights-dir", type=Path, default=weights)
    parser.add_argument("--cache-dir", type=Path, default=data / "bench" / "cache")
    return data
