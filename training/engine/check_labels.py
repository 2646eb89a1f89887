"""Label errors from the command line: a COCO file and its images in, likely errors as JSON out; without Django."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from training.engine.autolabel import ROOT, ProgressPrinter, run_engine
from training.engine.coco.listing import BadShots
from training.engine.coco.shots import Shots, job_images, read
from training.engine.storage.files import write_json
from training.protocol import label_errors
from training.protocol.results import FILE


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the command was asked to do. images: where the file's pictures lie, if not beside it."""

    labels: Path
    out: Path
    weights_dir: Path
    cache_dir: Path
    images: Path | None = None
    device: str = "auto"
    seed: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--labels", required=True, type=Path, help="COCO file of fully labelled images")
    parser.add_argument("--images", type=Path, help="folder of its images, where they do not lie beside the file")
    parser.add_argument("--out", required=True, type=Path, help="JSON file to write")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--seed", default=0, type=int)


def check_labels(options: CheckOptions, progress: TextIO | None = None) -> dict[str, Any]:
    """Writes OUT in one step; returns what it wrote. Raises BadShots with a sentence."""
    if not options.out.resolve().parent.is_dir():
        raise BadShots(f"The folder of {options.out} is not there.")
    shots = read(options.labels, options.images or options.labels.resolve().parent)
    printer = ProgressPrinter(progress or sys.stderr)
    for note in shots.notes:
        printer.say(note)
    with tempfile.TemporaryDirectory(prefix="labelhub-check-") as room:
        path = Path(room) / "job.json"
        path.write_text(json.dumps(_job(options, shots, Path(room))), encoding="utf-8")
        run_engine(path, printer)
        found = label_errors.load(Path(room) / FILE)
    written = {"label_errors": [_row(one, shots) for one in found["label_errors"]], "info": found["info"]}
    write_json(options.out.resolve(), written)
    return written


def _job(options: CheckOptions, shots: Shots, room: Path) -> dict[str, Any]:
    return {
        "schema": 1, "run": str(uuid.uuid4()), "kind": "check", "workdir": str(room),
        "cache_dir": str(options.cache_dir.resolve()), "weights_dir": str(options.weights_dir.resolve()),
        "device": options.device, "seed": options.seed,
        "classes": [{"id": class_id, "name": name} for class_id, name in shots.classes.items()],
        "images": [{**row, "target": True} for row in job_images(shots, [])],
    }  # fmt: skip


def _row(row: label_errors.LabelErrorRow, shots: Shots) -> dict[str, Any]:
    """A likely error as people of COCO read it: image by name, annotation by id, boxes as [x, y, width, height]."""
    x1, y1, x2, y2 = row["xyxy"] or [0.0, 0.0, 0.0, 0.0]
    return {
        "file_name": shots.images[row["image"] - 1].file_name, "kind": row["kind"], "annotation_id": row["box"],
        "category": shots.classes[row["class_id"]],
        "proposed_category": None if row["proposed"] is None else shots.classes[row["proposed"]],
        "proposed_bbox": [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)] if row["xyxy"] else None,
        "probability": row["probability"],
    }  # fmt: skip


def summary(written: dict[str, Any], out: Path) -> str:
    """How many of each kind, as a line."""
    counts = Counter(row["kind"] for row in written["label_errors"])
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in label_errors.KINDS)
    info = written["info"]
    return f"{kinds}, of {info['boxes']} boxes in {info['images']} images, written to {out}.\n"


def main(arguments: list[str] | None = None) -> int:
    """python -m training.engine.check_labels: the same as manage.py check_labels."""
    parser = argparse.ArgumentParser(prog="check-labels", description=__doc__)
    add_arguments(parser)
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    weights = Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    parser.add_argument("--weights-dir", type=Path, default=weights)
    parser.add_argument("--cache-dir", type=Path, default=data / "cache")
    options = CheckOptions(**vars(parser.parse_args(arguments)))
    try:
        written = check_labels(options)
    except BadShots as error:
        print(error, file=sys.stderr)
        return 1
    print(summary(written, options.out), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
