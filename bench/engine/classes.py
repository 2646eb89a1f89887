"""Many classes in one run: what 1, 5 and 20 of them cost, and whether look-alikes that are taught together keep apart.

`python bench/engine/classes.py` prints a line per number of classes of voc100, from nothing and with features cached,
then the ranks of playing_cards in one run; bench/engine/fewshot.py has each rank on its own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import RANKS, Coco, draw
from bench.engine.measure import Figures, Guess, figures
from bench.engine.options import add_usual
from training.engine.autolabel import Options, autolabel

NUMBERS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class ClassesSample:
    """Shot images (every class's draw, joined), test images, and the true boxes (xywh) of each class by file name."""

    given: list[dict[str, Any]]
    rest: list[dict[str, Any]]
    truths: dict[int, dict[str, list[list[float]]]]


def read(folder: Path) -> Coco:
    """A set's COCO file."""
    coco: Coco = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    return coco


def draw_all(coco: Coco, class_ids: Sequence[int], shots: int, seed: int, most: int) -> ClassesSample:
    """Each class's shots as in bench/engine/fewshot.py; what no class took is tested."""
    given: dict[int, dict[str, Any]] = {}
    for class_id in class_ids:
        given |= {image["id"]: image for image in draw(coco, class_id, shots, seed)[0]}
    order = sorted(coco["images"], key=lambda image: image["id"])
    random.Random(seed).shuffle(order)
    rest = [image for image in order if image["id"] not in given][:most]
    names = {image["id"]: image["file_name"] for image in rest}
    truths: dict[int, dict[str, list[list[float]]]] = {
        class_id: {name: [] for name in names.values()} for class_id in class_ids
    }
    for row in coco["annotations"]:
        if row["category_id"] in truths and row["image_id"] in names:
            truths[row["category_id"]][names[row["image_id"]]].append(row["bbox"])
    return ClassesSample(list(given.values()), rest, truths)


def label(
    folder: Path, coco: Coco, drawn: ClassesSample, cache: Path, args: argparse.Namespace, seed: int
) -> dict[str, Any]:
    """One run of the engine for all drawn classes; what it writes."""
    ids = {image["id"] for image in drawn.given}
    shots = {
        "images": [{**one, "file_name": str((folder / "images" / one["file_name"]).resolve())} for one in drawn.given],
        "annotations": [
            row for row in coco["annotations"] if row["image_id"] in ids and row["category_id"] in drawn.truths
        ],
        "categories": [row for row in coco["categories"] if row["id"] in drawn.truths],
    }
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as place:
        room = Path(place)
        (room / "images").mkdir()
        for image in drawn.rest:
            (room / "images" / image["file_name"]).symlink_to((folder / "images" / image["file_name"]).resolve())
        (room / "shots.json").write_text(json.dumps(shots), encoding="utf-8")
        options = Options(
            room / "images", room / "shots.json", room / "out.json", args.weights_dir, cache, args.device, seed=seed
        )
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            return autolabel(options, nowhere)


def by_class(out: dict[str, Any], drawn: ClassesSample) -> dict[int, Figures]:
    """Each class's figures."""
    names = {image["id"]: image["file_name"] for image in out["images"]}
    guesses: dict[int, list[Guess]] = {class_id: [] for class_id in drawn.truths}
    for row in out["annotations"]:
        guess = Guess(names[row["image_id"]], row["bbox"], row["score"], auto=row["state"] == "auto")
        guesses[row["category_id"]].append(guess)
    for row in out["dropped"]:
        guesses[row["category_id"]].append(Guess(names[row["image_id"]], row["bbox"], row["score"], kept=False))
    return {class_id: figures(rows, drawn.truths[class_id]) for class_id, rows in guesses.items()}


def cost(args: argparse.Namespace) -> None:
    """Seconds of one run for the first 1, 5 and 20 classes, from nothing and again with what the first run kept."""
    folder = args.data / "voc100"
    coco = read(folder)
    class_ids = [row["id"] for row in coco["categories"]]
    for number in NUMBERS:
        drawn = draw_all(coco, class_ids[:number], 5, 0, len(coco["images"]))
        with tempfile.TemporaryDirectory(prefix="labelhub-bench-cache-") as cache:
            for how in ("from nothing", "features cached"):
                start = time.monotonic()
                out = label(folder, coco, drawn, Path(cache), args, 0)
                stages = ", ".join(f"{name} {value:.1f}" for name, value in out["info"]["seconds"].items())
                print(
                    f"classes {number:2} {how}: {time.monotonic() - start:.0f} s for {len(drawn.rest)} images and"
                    f" {len(drawn.given)} shot images ({stages})",
                    flush=True,
                )


def together(args: argparse.Namespace) -> None:
    """The ranks of playing_cards, taught and sought in one run."""
    folder = args.data / "playing_cards"
    coco = read(folder)
    names = {row["id"]: row["name"] for row in coco["categories"] if row["name"] in RANKS}
    for seed in args.seeds:
        drawn = draw_all(coco, list(names), 10, seed, 100)
        found = by_class(label(folder, coco, drawn, args.cache_dir, args, seed), drawn)
        for class_id, one in found.items():
            auto = "-" if one.auto_precision is None else f"{one.auto_precision:.2f}"
            print(
                f"together {names[class_id]:5} seed {seed}: P {one.precision:.3f} R {one.recall:.3f} F1 {one.f1:.3f}"
                f" (best {one.best_f1:.3f}, AP50 {one.ap50:.3f}, auto {auto}/{one.auto_share:.2f}, ECE {one.ece:.2f})"
            )
        print(
            f"together, mean of {len(found)} ranks, seed {seed}: F1 {mean(one.f1 for one in found.values()):.3f}"
            f" (best {mean(one.best_f1 for one in found.values()):.3f}), {len(drawn.given)} shot images,"
            f" {len(drawn.rest)} tested",
            flush=True,
        )


def main(arguments: list[str] | None = None) -> int:
    """Both parts, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("cost", "together"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    add_usual(parser)
    args = parser.parse_args(arguments)
    if args.only != "together":
        cost(args)
    if args.only != "cost":
        together(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
