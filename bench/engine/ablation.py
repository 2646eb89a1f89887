"""What each stage of the engine brings: `python bench/engine/ablation.py --report docs/bench/ablation.md`.

As the table of "Label, Verify, Correct" (section 4): the anchor alone, then LabelHub's sources ranked by the class's
own head, verified, corrected, after self-training, and with the count prior. The anchor's figures come from what
bench/engine/fewshot.py has kept.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from training.protocol.stages import plan

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import ANCHORED, FEW, Case, CaseSample, prepare, shots_of
from bench.engine.measure import Figures, Guess, figures
from bench.engine.options import add_usual
from training.engine import runtime
from training.engine.class_model.objects import Verification, with_count_prior
from training.engine.class_model.suppression import suppress
from training.engine.coco.shots import job_images, read, targets_under
from training.engine.core.arrays import FloatArray, sigmoid
from training.engine.events import Emitter
from training.engine.pipeline import prepared
from training.engine.run import Run, open_store
from training.engine.stages.prepare import ReadableImages
from training.engine.stages.propose import ClassProposals, propose
from training.engine.stages.self_training import self_train
from training.engine.stages.verify import verify
from training.engine.storage.feature_cache import FeatureCache
from training.engine.tuning import DEFAULTS, Tuning
from training.engine.vision.features import Features, WeightStore
from training.protocol.job_file import load
from training.protocol.limits import SCHEMA

STEPS = ("sources", "+ verify", "+ correct", "+ self-training", "+ count prior")
COLUMNS = ("f1", "best_f1", "ap50", "f1_strict", "mean_iou")
CACHE_BYTES = 40_000_000_000  # a bench looks at more images than a run, and looks again


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run whose images were opened."""

    run: Run
    readable: ReadableImages
    features: Features


def opened(
    case: Case, drawn: CaseSample, coco: dict[str, Any], room: Path, args: argparse.Namespace, tuning: Tuning = DEFAULTS
) -> OpenedRun:
    """The run of a case, its images opened."""
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
    run = Run(
        job, emitter, runtime.pick_device(job.device), open_store(room, "ablation", emitter),
        WeightStore(job.weights_dir, emitter), FeatureCache(job.cache_dir / "features", CACHE_BYTES), tuning,
    )  # fmt: skip
    readable = prepared(run)
    return OpenedRun(run, readable, run.features(readable.hashes))


def found(case: OpenedRun, harm: float) -> tuple[dict[int, ClassProposals], dict[int, Verification]]:
    """Proposals and verification of all classes.

    harm: 1 corrects every class, -1 none of which a shot can be held out.
    """
    run = case.run
    tuning = replace(run.tuning, corrector=replace(run.tuning.corrector, harm=harm))
    proposals = propose(run.job, case.readable, case.features, tuning, run.emitter)
    return proposals, verify(run.job, proposals, case.features, tuning, run.emitter)


def measured(
    case: OpenedRun, item: Verification, score: FloatArray, threshold: float, truths: dict[str, list[list[float]]]
) -> Figures:
    """Figures of one box per object."""
    names = {image.id: image.path.name for image in case.run.job.images}
    guesses = []
    for image_id, rows in item.candidates.spans().items():
        boxes, scores = item.candidates.xyxy[rows], score[rows]
        for at in suppress(boxes, scores, item.rules):
            x1, y1, x2, y2 = (float(edge) for edge in boxes[at])
            value = float(scores[at])
            guesses.append(Guess(names[image_id], [x1, y1, x2 - x1, y2 - y1], value, kept=value >= threshold))
    return figures(guesses, truths)


def steps(case: OpenedRun, class_id: int, truths: dict[str, list[list[float]]]) -> list[Figures]:
    """The figures after each step."""
    run = case.run
    _, by_class = found(case, harm=-1.0)
    plain = by_class[class_id]
    proposals, corrected = found(case, harm=1.0)
    again = corrected | self_train(run.job, case.readable, proposals, corrected, case.features, run.tuning, run.emitter)
    last = with_count_prior(run.job, again, run.tuning)[class_id]
    own = corrected[class_id].measured.threshold_review
    return [
        measured(case, plain, sigmoid(plain.candidates.head), 0.5, truths),
        *(
            measured(case, one, one.probability, threshold, truths)
            for one, threshold in (
                (plain, plain.measured.threshold_review), (corrected[class_id], own), (again[class_id], own),
                (last, last.measured.threshold_review),
            )
        ),
    ]  # fmt: skip


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
                ready = opened(case, drawn, coco, Path(folder), args)
                for step, of_step in zip(STEPS, steps(ready, drawn.class_id, tested), strict=True):
                    one = {column: float(getattr(of_step, column)) for column in COLUMNS}
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
            " its held_out-out shots show to be harmed, and trains itself only where few images hold the shots."
        )
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
