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

from training.engine import run as engine_run
from training.engine.stages import prepare as stages_prepare
from training.protocol.stages import plan

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import ANCHORED, FEW, Case, Drawn, prepare, shots_of
from bench.engine.measure import Figures, Guess, figures
from bench.engine.options import add_usual
from training.engine import runtime
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.fit import fit_class_model, with_crop_features
from training.engine.class_model.objects import ClassProposals, Verification, with_count_prior
from training.engine.class_model.proposals import CandidateFeatures, find_candidates, fit_proposers, views_of
from training.engine.class_model.shot_split import split_shots
from training.engine.class_model.suppression import suppress
from training.engine.coco.shots import job_images, read, targets_under
from training.engine.core.arrays import FloatArray, sigmoid
from training.engine.events import Emitter
from training.engine.stages.self_training import self_train
from training.engine.stages.verify import score_candidates
from training.engine.storage.feature_cache import FeatureCache
from training.engine.vision.features import WeightStore
from training.protocol.job_file import load
from training.protocol.limits import SCHEMA

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
    emitter.plan(plan(job))
    run = engine_run.Run(
        job, emitter, runtime.pick_device(job.device), engine_run.open_store(room, "ablation", emitter),
        WeightStore(job.weights_dir, emitter), FeatureCache(job.cache_dir / "features"),
    )  # fmt: skip
    stages_prepare.prepare(run)
    return run


def fitted(run: engine_run.Run, class_id: int, corrected: bool) -> tuple[ClassProposals, Verification]:
    """Sources and verification of a class, with or without its corrector."""
    split = split_shots(run.job, class_id, run.sizes)
    features = run.features.at(split.side)
    proposer, held_out_proposers = fit_proposers(
        views_of(run.job, class_id, split.images, features, lambda: None), split, 0
    )
    if not corrected:
        proposer, held_out_proposers = (
            replace(proposer, corrector=None),
            [replace(one, corrector=None) for one in held_out_proposers],
        )
    held_out = [
        find_candidates(features.dense(run.images[image_id]), one, image_id, split.most_candidates)
        for fold, one in zip(split.folds, held_out_proposers, strict=True) for image_id in sorted(fold)
    ]  # fmt: skip
    model = fit_class_model(
        class_id, split, with_crop_features(CandidateFeatures.join(held_out), features, run.images), features
    )
    parts, probability, neighbours, similarity = [], [], [], []
    for image in run.job.targets:
        candidates = find_candidates(features.dense(image), proposer, image.id, split.most_candidates).scored_by(
            model.verifier
        )
        item = ClassProposals(proposer, model, candidates, None, split.side)
        one, near = score_candidates([(image, {class_id: candidates})], {class_id: item}, features)[0][class_id]
        parts.append(candidates)
        probability.append(one)
        neighbours.append(near.index)
        similarity.append(near.similarity)
    proposals = ClassProposals(proposer, model, Candidates.join(parts), None, split.side)
    verified = Verification(model, np.concatenate(probability), np.concatenate(neighbours), np.concatenate(similarity))
    return proposals, verified


def measured(
    run: engine_run.Run, item: ClassProposals, score: FloatArray, threshold: float, truths: dict[str, list[list[float]]]
) -> Figures:
    """Figures of one box per object."""
    guesses = []
    for image_id, rows in item.candidates.spans().items():
        boxes, scores = item.candidates.xyxy[rows], score[rows]
        for at in suppress(boxes, scores, item.model.rules):
            x1, y1, x2, y2 = (float(edge) for edge in boxes[at])
            value = float(scores[at])
            guesses.append(
                Guess(run.images[image_id].path.name, [x1, y1, x2 - x1, y2 - y1], value, kept=value >= threshold)
            )
    return figures(guesses, truths)


def steps(run: engine_run.Run, class_id: int, truths: dict[str, list[list[float]]]) -> list[Figures]:
    """The figures after each step."""
    plain, plain_verified = fitted(run, class_id, corrected=False)
    item, verified = fitted(run, class_id, corrected=True)
    own = verified.model.measured.threshold_review
    again, verified_again = self_train(run, {class_id: item}, {class_id: verified})
    last = with_count_prior(run.job, again, verified_again)[class_id]
    return [
        measured(run, plain, sigmoid(plain.candidates.head), 0.5, truths),
        measured(run, plain, plain_verified.probability, plain_verified.model.measured.threshold_review, truths),
        measured(run, item, verified.probability, own, truths),
        measured(run, again[class_id], verified_again[class_id].probability, own, truths),
        measured(run, again[class_id], last.probability, last.model.measured.threshold_review, truths),
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
            " its held_out-out shots show to be harmed, and learns again only where few images hold the shots."
        )
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
