"""What each stage of the engine brings: `python bench/engine/ablation.py --report docs/bench/ablation.md`.

As the table of "Label, Verify, Correct" (section 4): the anchor alone, then LabelHub's sources ranked by the class's own head,
verified, corrected, learnt again, and told how many objects images hold.
The anchor's figures come from what bench/engine/fewshot.py has kept.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from training.engine import plan
from training.engine import run as engine_run
from training.engine.stages import prepare as stages_prepare

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import ANCHORED, FEW, Case, Drawn, prepare, shots_of
from bench.engine.measure import Figures, Guess, figures
from bench.engine.options import add_usual
from training.engine import runtime
from training.engine.class_model.candidates import Heard
from training.engine.class_model.fit import evidence_of, teach
from training.engine.class_model.objects import Judged, Sourced, counted
from training.engine.class_model.proposals import Found, candidates, fit_finders, views_of
from training.engine.class_model.shot_split import lessons
from training.engine.class_model.suppression import one_per_object
from training.engine.coco.shots import job_images, read, targets_under
from training.engine.core.arrays import FloatArray, sigmoid
from training.engine.events import Emitter
from training.engine.stages.self_training import relearn
from training.engine.stages.verify import judge
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision.features import Shelf
from training.protocol.job import SCHEMA, load

STEPS = ("sources", "+ verify", "+ correct", "+ learn again", "+ counts")
COLUMNS = ("f1", "best_f1", "ap50", "f1_strict", "mean_iou")


def opened(case: Case, drawn: Drawn, coco: dict[str, Any], room: Path, args: argparse.Namespace) -> engine_run.Run:
    """The run of a case, its images looked at."""
    (room / "images").mkdir()
    for image in drawn.rest:
        (room / "images" / image["file_name"]).symlink_to((drawn.folder / image["file_name"]).resolve())
    (room / "shots.json").write_text(json.dumps(shots_of(coco, drawn)), encoding="utf-8")
    shots = read(room / "shots.json", room / "images")
    raw = json.dumps({
        "schema": SCHEMA, "run": "ablation", "kind": "autolabel", "workdir": str(room),
        "cache_dir": str(args.cache_dir.resolve()), "weights_dir": str(args.weights_dir.resolve()),
        "device": args.device, "budget": "fast", "seed": case.seed,
        "classes": [{"id": class_id, "name": name} for class_id, name in shots.classes.items()],
        "images": job_images(shots, targets_under(room / "images", shots)), "train": {"mode": "never"},
    })  # fmt: skip
    (room / "job.json").write_text(raw, encoding="utf-8")
    job = load(room / "job.json")
    runtime.prepare_environment(job.cache_dir / "ultralytics")
    runtime.seed_everything(job.seed)
    runtime.use_threads()
    emitter = Emitter(io.StringIO())
    emitter.plan(plan.stage_shares(job))
    run = engine_run.Run(
        job, emitter, runtime.pick_device(job.device), engine_run.open_store(room, "ablation", emitter),
        Shelf(job.weights_dir, emitter), FeatureCache(job.cache_dir / "features"),
    )  # fmt: skip
    stages_prepare.prepare(run)
    return run


def taught(run: engine_run.Run, class_id: int, corrected: bool) -> tuple[Sourced, Judged]:
    """Sources and verification of a class, with or without its corrector."""
    split = lessons(run.job, class_id, run.sizes)
    features = run.features.at(split.side)
    finder, held_finders = fit_finders(views_of(run.job, class_id, split.images, features, lambda: None), split, 0)
    if not corrected:
        finder, held_finders = (replace(finder, corrector=None), [replace(one, corrector=None) for one in held_finders])
    held = [
        candidates(features.dense(run.images[image_id]), one, image_id, split.keep)
        for fold, one in zip(split.folds, held_finders, strict=True) for image_id in sorted(fold)
    ]  # fmt: skip
    of_class = teach(class_id, split, evidence_of(Found.join(held), features, run.images), features)
    parts, probability, neighbours, similarity = [], [], [], []
    for image in run.job.targets:
        heard = candidates(features.dense(image), finder, image.id, split.keep).heard_by(of_class.verifier)
        item = Sourced(finder, of_class, heard, None, split.side)
        one, near = judge([(image, {class_id: heard})], {class_id: item}, features)[0][class_id]
        parts.append(heard)
        probability.append(one)
        neighbours.append(near.index)
        similarity.append(near.similarity)
    sourced = Sourced(finder, of_class, Heard.join(parts), None, split.side)
    judged = Judged(of_class, np.concatenate(probability), np.concatenate(neighbours), np.concatenate(similarity))
    return sourced, judged


def measured(
    run: engine_run.Run, item: Sourced, score: FloatArray, threshold: float, truths: dict[str, list[list[float]]]
) -> Figures:
    """Figures of one box per object."""
    guesses = []
    for image_id, rows in item.found.spans().items():
        boxes, scores = item.found.xyxy[rows], score[rows]
        for at in one_per_object(boxes, scores, item.taught.rules):
            x1, y1, x2, y2 = (float(edge) for edge in boxes[at])
            value = float(scores[at])
            guesses.append(
                Guess(run.images[image_id].path.name, [x1, y1, x2 - x1, y2 - y1], value, kept=value >= threshold)
            )
    return figures(guesses, truths)


def steps(run: engine_run.Run, class_id: int, truths: dict[str, list[list[float]]]) -> list[Figures]:
    """The figures after each step."""
    plain, plain_judged = taught(run, class_id, corrected=False)
    item, judged = taught(run, class_id, corrected=True)
    own = judged.taught.measured.threshold_review
    again, judged_again = relearn(run, {class_id: item}, {class_id: judged})
    last = counted(run.job, again, judged_again)[class_id]
    return [
        measured(run, plain, sigmoid(plain.found.head), 0.5, truths),
        measured(run, plain, plain_judged.probability, plain_judged.taught.measured.threshold_review, truths),
        measured(run, item, judged.probability, own, truths),
        measured(run, again[class_id], judged_again[class_id].probability, own, truths),
        measured(run, again[class_id], last.probability, last.taught.measured.threshold_review, truths),
    ]


def anchor_rows(path: Path, names: Sequence[str], seeds: Sequence[int]) -> dict[str, list[dict[str, float]]]:
    """What the anchor did on the same draws, by class."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    rows: dict[str, list[dict[str, float]]] = {}
    for one in kept:
        name = f"{one['set']}/{one['class']}"
        if one["method"] == "anchor" and name in names and one["seed"] in seeds:
            rows.setdefault(name, []).append({column: float(one[column]) for column in COLUMNS})
    return rows


def table(rows: dict[str, dict[str, list[dict[str, float]]]]) -> str:
    """As Markdown: a row per class and step, then the mean over classes."""
    lines = [
        "| set / class | step | F1 | best F1 | AP50 | F1 at IoU .75 | mean IoU |",
        "|---|---|---|---|---|---|---|",
    ]
    means: dict[str, list[list[float]]] = {}
    for name, by_step in rows.items():
        for step, several in by_step.items():
            values = [mean(one[column] for one in several) for column in COLUMNS]
            means.setdefault(step, []).append(values)
            lines.append(f"| {name} | {step} | " + " | ".join(f"{value:.3f}" for value in values) + " |")
    for step, table_rows in means.items():
        values = [mean(column) for column in zip(*table_rows, strict=True)]
        lines.append(f"| **mean of {len(table_rows)}** | {step} | " + " | ".join(f"{one:.3f}" for one in values) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Runs the cases, prints a line each and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(ANCHORED), metavar="SET/CLASS")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    data = add_usual(parser)
    parser.add_argument(
        "--json", type=Path, default=data / "bench" / "fewshot.json", help="where the anchor's results are"
    )
    parser.add_argument("--report", type=Path, help="write the table into this file")
    args = parser.parse_args(arguments)
    anchors = anchor_rows(args.json, args.sets, args.seeds)
    rows: dict[str, dict[str, list[dict[str, float]]]] = {}
    for name in args.sets:
        set_name, class_name = name.split("/", 1)
        rows[name] = {"anchor": anchors[name]} if name in anchors else {}
        for seed in args.seeds:
            case = Case(set_name, class_name, FEW.get(set_name, 10), seed)
            coco, drawn = prepare(case, args.data, 100)
            tested = {image["file_name"]: drawn.truths[image["file_name"]] for image in drawn.rest}
            with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
                run = opened(case, drawn, coco, Path(folder), args)
                for step, found in zip(STEPS, steps(run, drawn.class_id, tested), strict=True):
                    one = {column: float(getattr(found, column)) for column in COLUMNS}
                    rows[name].setdefault(step, []).append(one)
                    words = ", ".join(f"{column} {value:.3f}" for column, value in one.items())
                    print(f"{name} seed {seed} {step}: {words}", flush=True)
    text = table(rows)
    print(text)
    if args.report:
        seeds = ", ".join(map(str, args.seeds))
        head = (
            "# What each stage brings\nMade by `python bench/engine/ablation.py`; draws, thresholds and columns as in"
            f" [fewshot.md](fewshot.md), seeds {seeds}. Here every class is corrected; a run leaves a class alone that"
            " its held-out shots show to be harmed, and learns again only where few images hold the shots."
        )
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
