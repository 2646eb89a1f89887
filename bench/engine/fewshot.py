"""Few-shot quality and time on real photos, beside Ultralytics' own trainer on the same shots: `make bench-fewshot`.

Shots are drawn by seed, whole images with all their boxes of the class; everything else is labelled and compared with
the truth. A result that is already in the JSON file is not made again, so a run that was broken off goes on where it
was.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.anchor import USUAL, Shot, train_and_find
from bench.engine.measure import Guess, figures
from bench.engine.report import write_report
from training.engine import runtime
from training.engine.autolabel import ROOT, Options, autolabel
from training.engine.vision import weights
from training.protocol.limits import ENCODERS

DATA = ROOT.parent / "shared" / "data"
RANKS = ("ace", "king", "queen", "jack", "ten", "nine")
VOC = ("person", "aeroplane", "chair", "bicycle", "cow", "car", "bottle")
DEFAULT = (
    "raccoon/raccoon", "bccd/WBC", "bccd/RBC", "bccd/Platelets", "tomato/tomato",
    *(f"playing_cards/{rank}" for rank in RANKS), *(f"voc100/{name}" for name in VOC),
)  # fmt: skip
ANCHORED = (*DEFAULT[:5], *DEFAULT[5:8])
FEW = {"voc100": 5}
FULL_SHOTS = (1, 3, 5, 10, 30)
Coco = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One draw of shots of one class."""

    set_name: str
    class_name: str
    shots: int
    seed: int


@dataclass(frozen=True, slots=True)
class CaseSample:
    """The shots and the test images of a case, and their true boxes (xywh) by file name."""

    folder: Path
    class_id: int
    given: list[dict[str, Any]]
    rest: list[dict[str, Any]]
    truths: dict[str, list[list[float]]]


def draw(
    coco: Coco, class_id: int, shots: int, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """Images shuffled by the seed; whole images with the class are shots until there are enough boxes, the rest is
    tested.
    """
    counts: dict[int, int] = {}
    for row in coco["annotations"]:
        if row["category_id"] == class_id:
            counts[row["image_id"]] = counts.get(row["image_id"], 0) + 1
    order = sorted(coco["images"], key=lambda image: image["id"])
    random.Random(seed).shuffle(order)
    given: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    boxes = 0
    for image in order:
        if boxes < shots and counts.get(image["id"]):
            given.append(image)
            boxes += counts[image["id"]]
        else:
            rest.append(image)
    return given, rest


def prepare(case: Case, data: Path, most: int) -> tuple[Coco, CaseSample]:
    """Reads a set and draws a case from it."""
    folder = data / case.set_name
    coco = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    class_id = next(row["id"] for row in coco["categories"] if row["name"] == case.class_name)
    given, rest = draw(coco, class_id, case.shots, case.seed)
    rest = rest[:most] if most else rest
    truths: dict[str, list[list[float]]] = {image["file_name"]: [] for image in (*given, *rest)}
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    for row in coco["annotations"]:
        if row["category_id"] == class_id and names[row["image_id"]] in truths:
            truths[names[row["image_id"]]].append(row["bbox"])
    return coco, CaseSample(folder / "images", class_id, given, rest, truths)


def find(coco: Coco, drawn: CaseSample, case: Case, args: argparse.Namespace) -> tuple[list[Guess], Coco, float]:
    """What LabelHub's engine finds, through the same door as `manage.py autolabel`; its file, and the seconds that it
    took.
    """
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
        room = Path(folder)
        (room / "images").mkdir()
        for image in drawn.rest:
            (room / "images" / image["file_name"]).symlink_to((drawn.folder / image["file_name"]).resolve())
        (room / "shots.json").write_text(json.dumps(shots_of(coco, drawn)), encoding="utf-8")
        options = Options(
            room / "images", room / "shots.json", room / "out.json", args.weights_dir, args.cache_dir or room / "cache",
            args.device, args.budget, args.encoder, case.seed,
        )  # fmt: skip
        start = time.monotonic()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            out = autolabel(options, nowhere)
        seconds = time.monotonic() - start
    names = {image["id"]: image["file_name"] for image in out["images"]}
    guesses = [
        Guess(names[row["image_id"]], row["bbox"], row["score"], auto=row["state"] == "auto")
        for row in out["annotations"]
    ]
    guesses += [Guess(names[row["image_id"]], row["bbox"], row["score"], kept=False) for row in out["dropped"]]
    return guesses, out, seconds


def run_engine(coco: Coco, drawn: CaseSample, case: Case, args: argparse.Namespace) -> dict[str, Any]:
    """The figures of what it finds."""
    guesses, out, seconds = find(coco, drawn, case, args)
    about = out["info"]["classes"][str(drawn.class_id)]
    return {
        **figures(guesses, tested(drawn)).rounded(), "seconds": round(seconds, 1), "stages": out["info"]["seconds"],
        "threshold": about["threshold_review"], "expected_f1": about["f1"], "held_out_iou": about["held_out_iou"],
    }  # fmt: skip


def run_anchor(drawn: CaseSample, case: Case, args: argparse.Namespace) -> dict[str, Any]:
    """Ultralytics' trainer; its F1 is given at the usual threshold and at the best one in hindsight."""
    shots = [
        Shot(drawn.folder / image["file_name"], image["width"], image["height"], drawn.truths[image["file_name"]])
        for image in drawn.given
    ]
    found, seconds = train_and_find(
        weights.resolve("yolo26n", args.weights_dir).path, shots,
        [drawn.folder / image["file_name"] for image in drawn.rest],
        case.seed, args.device,
    )  # fmt: skip
    guesses = [Guess(name, box, score, kept=score >= USUAL) for name, box, score in found]
    stages = {name: round(value, 1) for name, value in seconds.items()}
    return {**figures(guesses, tested(drawn)).rounded(), "seconds": round(sum(seconds.values()), 1), "stages": stages}


def tested(drawn: CaseSample) -> dict[str, list[list[float]]]:
    """The true boxes of the test images."""
    return {image["file_name"]: drawn.truths[image["file_name"]] for image in drawn.rest}


def shots_of(coco: Coco, drawn: CaseSample) -> Coco:
    ids = {image["id"] for image in drawn.given}
    rows = [row for row in coco["annotations"] if row["image_id"] in ids and row["category_id"] == drawn.class_id]
    images = [{**one, "file_name": str((drawn.folder / one["file_name"]).resolve())} for one in drawn.given]
    return {
        "images": images,
        "annotations": rows,
        "categories": [r for r in coco["categories"] if r["id"] == drawn.class_id],
    }


def line(run: dict[str, Any]) -> str:
    """One run in words."""
    auto = "-" if run["auto_precision"] is None else f"{run['auto_precision']:.2f}"
    return (
        f"{run['method']:7} {run['set']}/{run['class']} K {run['shots']} seed {run['seed']}: P {run['precision']:.3f}"
        f" R {run['recall']:.3f} F1 {run['f1']:.3f} (best {run['best_f1']:.3f}, AP50 {run['ap50']:.3f}, IoU "
        f"{run['mean_iou']:.3f},"
        f" auto {auto}/{run['auto_share']:.2f}, ECE {run['ece']:.2f}), {run['tested']} images in {run['seconds']:.0f} s"
    )


def code_hash() -> str:
    """What the engine computes, whatever its comments and line breaks: results of other code are made again."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "training" / "engine").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if (
                isinstance(body, list)
                and body
                and isinstance(body[0], ast.Expr)
                and isinstance(body[0].value, ast.Constant)
            ):
                body[0].value.value = ""
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:16]


def cases(args: argparse.Namespace) -> list[Case]:
    """What is to be run, seed by seed, so that a broken run has whole seeds."""
    shots = FULL_SHOTS if args.full else (args.shots,)
    seeds = range(5) if args.full else args.seeds
    out = []
    for seed in seeds:
        for count in shots:
            for name in args.sets:
                set_name, class_name = name.split("/", 1)
                own = count if args.full else FEW.get(set_name, count)
                out.append(Case(set_name, class_name, own, seed))
    return out


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    data = Path(os.environ.get("LABELHUB_DATA_DIR") or ROOT / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(DEFAULT), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10, help="boxes that are given (voc100: 5)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--full", action="store_true", help="the whole matrix: K 1, 3, 5, 10, 30, seeds 0-4, all test images"
    )
    parser.add_argument("--max-test", type=int, default=100, help="at most so many test images (0: all)")
    parser.add_argument("--budget", default="fast", choices=("fast", "best"))
    parser.add_argument("--encoder", default="lite2", choices=ENCODERS)
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--anchor", nargs="*", default=list(ANCHORED), metavar="SET/CLASS", help="where the anchor runs too"
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--weights-dir", type=Path, default=Path(os.environ.get("LABELHUB_WEIGHTS_DIR") or data / "weights")
    )
    parser.add_argument(
        "--cache-dir", type=Path, default=data / "bench" / "cache", help="features, made once per image"
    )
    parser.add_argument(
        "--json", type=Path, default=data / "bench" / "fewshot.json", help="all figures, kept and taken up again"
    )
    parser.add_argument(
        "--report", type=Path, help="write tables and plots into this folder (docs/bench for the project's own)"
    )
    args = parser.parse_args(arguments)
    args.max_test = 0 if args.full else args.max_test
    return args


def main(arguments: list[str] | None = None) -> int:
    """Runs what was asked for, prints a line each, then the table."""
    args = parse(arguments)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    known: list[dict[str, Any]] = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else []
    code, versions = code_hash(), runtime.versions()
    runs = []
    for case in cases(args):
        if not (args.data / case.set_name).is_dir():
            print(f"{case.set_name} is not under {args.data}: skipped", file=sys.stderr)
            continue
        coco, drawn = prepare(case, args.data, args.max_test)
        name = f"{case.set_name}/{case.class_name}"
        for method in ("engine", "anchor") if name in args.anchor else ("engine",):
            key = {
                "method": method, "set": case.set_name, "class": case.class_name, "shots": case.shots,
                "seed": case.seed, "tested": len(drawn.rest), "budget": args.budget if method == "engine" else None,
                "encoder": args.encoder if method == "engine" else None, "device": args.device,
                "code": code if method == "engine" else versions["ultralytics"],
            }  # fmt: skip
            run = next((one for one in known if key.items() <= one.items()), None)
            if run is None:
                made = run_engine(coco, drawn, case, args) if method == "engine" else run_anchor(drawn, case, args)
                run = {**key, "shot_images": len(drawn.given), **made, "versions": versions}
                known = [one for one in known if not _same(one, key)] + [run]
                args.json.write_text(json.dumps(known, indent=1), encoding="utf-8")
            runs.append(run)
            print(line(run), flush=True)
    print(write_report(runs, args.report))
    return 0


def _same(one: dict[str, Any], key: dict[str, Any]) -> bool:
    return all(one.get(name) == value for name, value in key.items() if name != "code")


if __name__ == "__main__":
    sys.exit(main())
