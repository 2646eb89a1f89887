"""What three answers are worth to a class of one or three boxes: F1 with 0, 3 and 6, by who chose the questions.

Choices: `three` (training.engine.class_model.questions), `useful` (the review page's order: doubt times variety),
`surest` (the most likely first) and `chance`. A simulated answer is yes where a candidate overlaps a true box by half;
the candidate is then a shot as it is, else a counter-example. F1 is at the own threshold, on all images (an accepted
box is a find) and on the half that is never asked about.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from annotations.review.ranking import Question, most_useful
from bench.engine.ablation import OpenedRun, opened
from bench.engine.fewshot import Case, CaseSample, prepare
from bench.engine.measure import HIT, Guess, figures, overlap
from bench.engine.options import add_usual
from training.engine.class_model.objects import Object, Verification, objects_of, with_count_prior
from training.engine.class_model.questions import choose_questions
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.stages.propose import propose
from training.engine.stages.self_training import self_train
from training.engine.stages.verify import verify
from training.engine.tuning import DEFAULTS
from training.protocol.job import Job, JobBox, JobImage
from training.protocol.stages import trains_itself

SETS = (
    "playing_cards/king", "playing_cards/ten", "microcontrollers/ESP8266", "microcontrollers/Raspberry_Pi_3",
    "packaged_products/kitkat", "packaged_products/coke-can", "bccd/Platelets", "raccoon/raccoon", "tomato/tomato",
)  # fmt: skip
ANSWERS = 3
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Plausible:
    """Distinct objects that could be asked about, with the crop features of each."""

    objects: list[Object]
    images: list[int]
    features: FloatArray
    threshold: float

    @property
    def probability(self) -> FloatArray:
        return np.array([one.probability for one in self.objects], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Scene:
    """A draw with its images opened, and its true boxes (xyxy) by image id."""

    at: OpenedRun
    case: Case
    class_id: int
    truths: Mapping[int, FloatArray]

    def fit(self, job: Job) -> Verification:
        """The class as the job's boxes teach it."""
        run, features = self.at.run, self.at.features
        proposals = propose(job, self.at.readable, features, run.tuning, run.emitter)
        first = verify(job, proposals, features, run.tuning, run.emitter)
        if trains_itself(job):
            first = first | self_train(job, self.at.readable, proposals, first, features, run.tuning, run.emitter)
        return with_count_prior(job, first, run.tuning)[self.class_id]

    def plausible(self, job: Job, found: Verification, asked_of: Sequence[int], least: float) -> Plausible:
        """What could be asked about in these images."""
        objects, images, parts = [], [], []
        for image, own in objects_of(job, {self.class_id: found}, self.at.run.tuning.suppression):
            drawn = as_boxes([box.xyxy for box in image.shots_of(self.class_id)])
            mine = [one for one in own if not one.second and one.probability >= least and not _near(one.xyxy, drawn)]
            if image.id in asked_of and mine:
                objects += mine
                images += [image.id] * len(mine)
                parts.append(self.at.features.crops(image, as_boxes([one.xyxy for one in mine])))
        features = np.concatenate(parts) if parts else np.zeros((0, self.at.features.dim), np.float32)
        return Plausible(objects, images, features, found.measured.threshold_review)

    def f1(self, job: Job, found: Verification, of: Sequence[int]) -> tuple[float, float]:
        """F1 at the own threshold, and at the best in hindsight."""
        guesses = []
        for image, own in objects_of(job, {self.class_id: found}, self.at.run.tuning.suppression):
            if image.id not in of:
                continue
            drawn = as_boxes([box.xyxy for box in image.shots_of(self.class_id)])
            guesses += [Guess(str(image.id), _xywh(box), 1.0) for box in drawn]
            for one in own:
                if not _near(one.xyxy, drawn) and not one.second:
                    kept = one.probability >= found.measured.threshold_review
                    guesses.append(Guess(str(image.id), _xywh(one.xyxy), one.probability, kept=kept))
        said = figures(guesses, {str(number): [_xywh(box) for box in self.truths[number]] for number in of})
        return said.f1, said.best_f1

    def answered(self, job: Job, asked: Sequence[tuple[int, Object]]) -> tuple[Job, list[bool]]:
        """The job with what a reviewer says of these."""
        images = {image.id: image for image in job.images}
        said = []
        for number, one in asked:
            image: JobImage = images[number]
            x1, y1, x2, y2 = (float(edge) for edge in one.xyxy)
            box = JobBox(None, self.class_id, (x1, y1, x2, y2))
            yes = any(overlap(_xywh(true), _xywh(one.xyxy)) >= HIT for true in self.truths[number])
            said.append(yes)
            images[number] = (
                replace(image, boxes=(*image.boxes, box)) if yes else replace(image, rejected=(*image.rejected, box))
            )
        return replace(job, images=tuple(images.values())), said


def _near(box: FloatArray, others: FloatArray) -> bool:
    return any(overlap(_xywh(box), _xywh(one)) >= HIT for one in others)


def _xywh(box: Sequence[float] | FloatArray) -> list[float]:
    x1, y1, x2, y2 = (float(edge) for edge in box)
    return [x1, y1, x2 - x1, y2 - y1]


# --- who chooses ------------------------------------------------------------------------------------------------------
Chooser = Callable[[Plausible, random.Random], list[int]]


def by_chance(at: Plausible, rng: random.Random) -> list[int]:
    """Among the suggestions."""
    rows = [row for row, one in enumerate(at.objects) if one.probability >= at.threshold]
    return rng.sample(rows, min(ANSWERS, len(rows)))


def by_review(at: Plausible, rng: random.Random) -> list[int]:
    """The review page's order of the suggestions; at most three are no tenth."""
    rows = [row for row, one in enumerate(at.objects) if one.probability >= at.threshold]
    rng.shuffle(rows)
    return most_useful([Question(row, at.images[row], at.objects[row].probability) for row in rows])[:ANSWERS]


def by_surest(at: Plausible, _rng: random.Random) -> list[int]:
    """The most likely first."""
    return [int(row) for row in np.argsort(-at.probability, kind="stable")[:ANSWERS]]


def by_three(at: Plausible, _rng: random.Random) -> list[int]:
    """The engine's own."""
    return choose_questions(at.features, at.probability, DEFAULTS.questions)


CHOOSERS: dict[str, Chooser] = {"three": by_three, "useful": by_review, "surest": by_surest, "chance": by_chance}


def learned(scene: Scene, chooser: str, job: Job, found: Verification, least: float) -> list[dict[str, Any]]:
    """Figures after each round."""
    targets = [image.id for image in scene.at.run.job.targets]
    holding = sorted(targets, key=lambda number: not len(scene.truths[number]))
    never = holding[::2]  # half of those that hold the class, and half of the others
    asked_of = [number for number in targets if number not in set(never)]
    rng, rows = random.Random(scene.case.seed), [_row(scene, job, found, targets, never, [])]
    said: list[bool] = []
    for _ in range(ROUNDS):
        at = scene.plausible(job, found, asked_of, least)
        chosen = [(at.images[row], at.objects[row]) for row in CHOOSERS[chooser](at, rng)]
        job, more = scene.answered(job, chosen)
        said += more
        found = scene.fit(job) if chosen else found
        rows.append(_row(scene, job, found, targets, never, said))
    return rows


def _row(
    scene: Scene, job: Job, found: Verification, targets: Sequence[int], never: Sequence[int], said: Sequence[bool]
) -> dict[str, Any]:
    (every, best_every), (unseen, best_unseen) = scene.f1(job, found, targets), scene.f1(job, found, never)
    return {
        "all": every, "best_all": best_every, "never": unseen, "best_never": best_unseen, "yes": sum(said),
        "no": len(said) - sum(said), "threshold": found.measured.threshold_review,
    }  # fmt: skip


def run(case: Case, choosers: Sequence[str], args: argparse.Namespace, known: dict[str, Any]) -> dict[str, Any]:
    """One draw: what each chooser's answers taught, by its name."""
    coco, drawn = prepare(case, args.data, 0)
    drawn = replace(drawn, rest=_some(drawn, args.max_test))
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as room:
        at = opened(case, drawn, coco, Path(room), args)
        scene = Scene(at, case, drawn.class_id, _truths(at, drawn))
        first = scene.fit(at.run.job)
        return known | {name: learned(scene, name, at.run.job, first, args.least) for name in choosers}


def _some(drawn: CaseSample, most: int) -> list[dict[str, Any]]:
    """The first images of a draw of which a third hold the class, in its order; more, where others are too few."""
    holding, others = (
        [one for one in drawn.rest if bool(drawn.truths[one["file_name"]]) is has] for has in (True, False)
    )
    others = others[: most - most // 3]
    chosen = {one["file_name"] for one in (*holding[: most - len(others)], *others)}
    return [one for one in drawn.rest if one["file_name"] in chosen]


def _truths(at: OpenedRun, drawn: CaseSample) -> dict[int, FloatArray]:
    names = {image.path.name: image.id for image in at.run.job.targets}
    return {
        names[image["file_name"]]: as_boxes([[x, y, x + w, y + h] for x, y, w, h in drawn.truths[image["file_name"]]])
        for image in drawn.rest
    }


def table(runs: Sequence[tuple[Case, dict[str, Any]]], choosers: Sequence[str], shots: int) -> str:
    """Mean F1 with 0, 3 and 6 answers; draws that have all choosers."""
    whole = [made for case, made in runs if case.shots == shots and all(name in made for name in choosers)]
    lines = [
        f"K = {shots}, {len(whole)} draws\n",
        "| questions chosen by | never asked: 0 | 3 | 6 | all images: 0 | 3 | 6 | best F1, never asked: 0 | 3 | 6 "
        "| yes of 6 |",
        "|---" * 11 + "|",
    ]
    for name in choosers:
        cells = [
            mean(made[name][step][key] for made in whole) for key in ("never", "all", "best_never") for step in range(3)
        ]
        cells.append(mean(made[name][-1]["yes"] for made in whole))
        lines.append(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line for each draw and chooser, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--choosers", nargs="+", default=list(CHOOSERS), choices=CHOOSERS)
    parser.add_argument("--max-test", type=int, default=24, help="images of a draw; a third hold the class")
    parser.add_argument("--least", type=float, default=0.2, help="probability of what may be asked about")
    data = add_usual(parser)
    parser.add_argument("--json", type=Path, default=data / "bench" / "three_questions.json")
    args = parser.parse_args(arguments)
    kept: dict[str, Any] = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else {}
    runs = []
    for seed in args.seeds:
        for name in args.sets:
            for shots in args.shots:
                set_name, class_name = name.split("/", 1)
                case, key = Case(set_name, class_name, shots, seed), f"{name} {shots} {seed}"
                missing = [one for one in args.choosers if one not in kept.get(key, {})]
                start = time.process_time()
                if missing:
                    kept[key] = run(case, missing, args, kept.get(key, {}))
                    args.json.parent.mkdir(parents=True, exist_ok=True)
                    args.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
                runs.append((case, kept[key]))
                for one in args.choosers:
                    words = " -> ".join(f"{row['never']:.3f}/{row['all']:.3f}" for row in kept[key][one])
                    print(f"{key} {one:7}: {words}; {kept[key][one][-1]['yes']} yes", flush=True)
                print(f"  CPU {time.process_time() - start:.0f} s", flush=True)
    print("\n\n".join(table(runs, args.choosers, shots) for shots in args.shots))
    return 0


if __name__ == "__main__":
    sys.exit(main())
