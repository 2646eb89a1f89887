"""The engine from the command line: COCO shots and a folder in, COCO suggestions out; needs neither Django nor a
database.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from training.engine.coco.listing import BadShots
from training.engine.coco.shots import Shots, job_images, read, targets_under
from training.engine.coco.truth import Truth, evaluation, table
from training.engine.storage.files import write_json
from training.protocol.limits import AIMS, BUDGETS, ENCODERS, SCHEMA

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was asked to do."""

    images: Path
    shots: Path
    out: Path
    weights_dir: Path
    cache_dir: Path
    device: str = "auto"
    budget: str = "fast"
    encoder: str = ENCODERS[0]
    seed: int = 0
    truth: Path | None = None
    aim: str = AIMS[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--images", required=True, type=Path, help="folder of images to label")
    parser.add_argument("--shots", required=True, type=Path, help="COCO file of fully labelled shot images")
    parser.add_argument("--out", required=True, type=Path, help="COCO file to write")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--budget", default="fast", choices=BUDGETS)
    parser.add_argument(
        "--encoder",
        default=ENCODERS[0],
        choices=ENCODERS,
        help="what looks at crops; dinov2s is fetched from its own hub",
    )
    parser.add_argument("--aim", default=AIMS[0], choices=AIMS, help="what the threshold of suggestions is chosen for")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--truth", type=Path, help="COCO file of true boxes to compare with, fully labelled")


def autolabel(options: Options, progress: TextIO | None = None) -> dict[str, Any]:
    """Labels a folder and writes OUT in one step; returns what it wrote. Raises BadShots with a sentence."""
    if not options.images.is_dir():
        raise BadShots(f"The images folder {options.images} is not there.")
    if not options.out.resolve().parent.is_dir():
        raise BadShots(f"The folder of {options.out} is not there.")
    shots = read(options.shots, options.images)
    truth = Truth.read(options.truth) if options.truth else None
    targets = targets_under(options.images, shots)
    if truth:  # what could not be compared is said before the work, not after it
        truth.pairs([_name(path.resolve(), options) for path in targets], shots.classes.values())
    printer = ProgressPrinter(progress or sys.stderr)
    for note in (*shots.notes, *(truth.notes if truth else ())):
        printer.say(note)
    with tempfile.TemporaryDirectory(prefix="labelhub-autolabel-") as room:
        job = _job(options, shots, targets, Path(room))
        path = Path(room) / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        run_engine(path, printer)
        results = json.loads((Path(room) / "suggestions.json").read_text(encoding="utf-8"))
        sizes = json.loads((Path(room) / "stages" / "prepare.json").read_text(encoding="utf-8"))
    coco = as_coco(options, shots, job, results, sizes["value"]["result"]["sizes"])
    if truth:
        coco["info"]["evaluation"] = evaluation(coco, truth)
    write_json(options.out.resolve(), coco)
    printer.say(f"{len(coco['annotations'])} boxes in {len(coco['images'])} images, written to {options.out}.")
    return coco


def _job(options: Options, shots: Shots, targets: list[Path], room: Path) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "run": str(uuid.uuid4()), "kind": "autolabel", "workdir": str(room),
        "cache_dir": str(options.cache_dir.resolve()), "weights_dir": str(options.weights_dir.resolve()),
        "device": options.device, "budget": options.budget, "encoder": options.encoder, "aim": options.aim,
        "seed": options.seed,
        "classes": [{"id": class_id, "name": name} for class_id, name in shots.classes.items()],
        "images": job_images(shots, targets), "train": {"mode": "never"},
    }  # fmt: skip


class ProgressPrinter:
    """Progress for people: one line that moves on a terminal, a line per ten percent elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._moving = out.isatty()
        self._open = False
        self._next = 0.0

    def say(self, text: str) -> None:
        """A line of its own."""
        self._out.write(("\n" if self._open else "") + text + "\n")
        self._open = False
        self._out.flush()

    def event(self, event: dict[str, Any]) -> None:
        """An engine event, as far as people care."""
        if event["kind"] == "progress":
            self._progress(event)
        elif event["kind"] == "log":
            self.say(event["text"])
        elif event["kind"] == "weights" and event["origin"] != "folder":
            self.say(f"{event['name']} comes from {event['origin']} (sha256 {event['sha256'][:16]}).")

    def _progress(self, event: dict[str, Any]) -> None:
        eta = event.get("eta_s")
        text = f"{event['stage']:8} {event['percent']:5.1f} %" + (f", about {eta:.0f} s left" if eta else "")
        if self._moving:
            self._out.write(f"\r{text:60}")
            self._open = True
        elif event["percent"] >= self._next:
            self._next = event["percent"] // 10 * 10 + 10
            self._out.write(text + "\n")
        self._out.flush()


def run_engine(job: Path, printer: ProgressPrinter) -> None:
    """The engine as a process of its own. Raises BadShots with what it says, where it ends without results."""
    command = [sys.executable, "-m", "training.engine", str(job)]
    failure: dict[str, Any] | None = None
    with tempfile.TemporaryFile() as noise:
        engine = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=noise, text=True, encoding="utf-8")
        with engine, _passing_on_term(engine):
            try:
                for line in engine.stdout or ():
                    event = json.loads(line)
                    failure = event if event["kind"] == "error" else failure
                    printer.event(event)
                code = engine.wait()
            except BaseException:
                engine.kill()
                raise
        if code:
            noise.seek(0)
            last = noise.read()[-2000:].decode(errors="replace").strip()
            raise BadShots(failure["text"] if failure else f"The engine ended with code {code}. {last}".strip())


@contextmanager
def _passing_on_term(engine: subprocess.Popen[str]) -> Iterator[None]:
    """TERM to this process ends the engine too."""

    def pass_on(_signal: int, _frame: object) -> None:
        engine.terminate()
        raise SystemExit(143)

    try:
        before = signal.signal(signal.SIGTERM, pass_on)
    except ValueError:  # not in the main thread: whoever started the thread handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def as_coco(
    options: Options, shots: Shots, job: dict[str, Any], results: dict[str, Any], sizes: dict[str, list[int]]
) -> dict[str, Any]:
    """The engine's suggestions as COCO."""
    rows = {row["id"]: row for row in job["images"]}
    names = {place: image.file_name for place, image in enumerate(shots.images, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for result in results["images"]:
        size = sizes.get(str(result["id"]))
        if size is None:
            continue
        name = _name(Path(rows[result["id"]]["path"]), options)
        images.append({"id": result["id"], "file_name": name, "width": size[0], "height": size[1]})
        for one in result["suggestions"]:
            box = _bbox(one["xyxy"])
            annotations.append({
                "id": len(annotations) + 1, "image_id": result["id"], "category_id": one["class_id"],
                "bbox": box, "area": round(box[2] * box[3], 2), "iscrowd": 0,
                "score": one["probability"], "state": one["state"], "source": one["source"],
                "neighbours": [_neighbour(near, names) for near in one["neighbours"]],
            })  # fmt: skip
        for one in result["dropped"]:
            dropped.append({
                "image_id": result["id"], "category_id": one["class_id"], "score": one["probability"],
                "bbox": _bbox(one["xyxy"]),
            })  # fmt: skip
    classes = {
        class_id: {**about, "worst": [_held_out_error(case, names) for case in about.get("worst", ())]}
        for class_id, about in results["classes"].items()
    }
    info = {"description": "LabelHub suggestions", **results["info"], "classes": classes}
    return {
        "info": info,
        "images": images,
        "categories": shots.categories,
        "annotations": annotations,
        "dropped": dropped,
    }


def _name(path: Path, options: Options) -> str:
    """What OUT calls an image: its place under the folder, or its name where it is a link to somewhere else."""
    folder = options.images.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def evaluation_text(coco: dict[str, Any]) -> str:
    """The table of a comparison with the truth, or nothing where there was none."""
    found = coco["info"].get("evaluation")
    return table(found) + "\n" if found else ""


def _held_out_error(case: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """A held-out mistake, its image by name."""
    plain = {name: case[name] for name in ("kind", "probability", "iou")}
    drawn = case["drawn"] and _bbox(case["drawn"])
    return {**plain, "file_name": names.get(case["image_id"]), "bbox": _bbox(case["xyxy"]), "drawn": drawn}


def _bbox(xyxy: list[float]) -> list[float]:
    x1, y1, x2, y2 = xyxy
    return [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)]


def _neighbour(near: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    return {
        "annotation_id": near["box_id"], "file_name": names.get(near["image_id"]),
        "bbox": _bbox(near["xyxy"]), "similarity": near["similarity"],
        "positive": near["positive"],
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """python -m training.engine.autolabel: the same as manage.py autolabel."""
    parser = argparse.ArgumentParser(prog="autolabel", description=__doc__)
    add_arguments(parser)
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    parser.add_argument(
        "--weights-dir", type=Path, default=Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    )
    parser.add_argument("--cache-dir", type=Path, default=data / "cache")
    try:
        coco = autolabel(Options(**vars(parser.parse_args(arguments))))
    except BadShots as error:
        print(error, file=sys.stderr)
        return 1
    print(evaluation_text(coco), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
