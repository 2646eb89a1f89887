"""A record of what the engine finds, and the comparison with it: `python bench/engine/golden.py record FILE`, later
`... compare FILE`.

For changes that are to change nothing: four classes, seeds 0 and 1, one thread, features made anew. Boxes,
probabilities, states and thresholds must agree to 1e-4. A record holds on the processor that made it: kernels of
another one round differently.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("LABELHUB_ENGINE_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine import fewshot

CASES = (("raccoon", "raccoon", 10), ("bccd", "WBC", 10), ("playing_cards", "queen", 10), ("voc100", "cow", 5))
SEEDS = (0, 1)
TESTED = 40
TOLERANCE = 1e-4
Record = dict[str, Any]


def record(weights_dir: Path, data: Path) -> Record:
    """What the engine says of each case: thresholds, and per image the suggestions and what was dropped."""
    out: Record = {}
    for set_name, class_name, shots in CASES:
        with tempfile.TemporaryDirectory(prefix="labelhub-golden-") as cache:
            for seed in SEEDS:
                arguments = [
                    "--weights-dir",
                    str(weights_dir),
                    "--cache-dir",
                    cache,
                    "--data",
                    str(data),
                    "--device",
                    "cpu",
                ]
                case = fewshot.Case(set_name, class_name, shots, seed)
                coco, drawn = fewshot.prepare(case, data, TESTED)
                _, found, seconds = fewshot.find(coco, drawn, case, fewshot.parse(arguments))
                out[f"{set_name}/{class_name} seed {seed}"] = plain(found, drawn.class_id)
                print(f"{set_name}/{class_name} seed {seed}: {seconds:.0f} s", file=sys.stderr, flush=True)
    return out


def plain(found: Record, class_id: int) -> Record:
    """The numbers of one run, in an order that does not depend on the engine's."""
    names = {image["id"]: image["file_name"] for image in found["images"]}
    about = found["info"]["classes"][str(class_id)]
    rows = [[names[row["image_id"]], row["state"], row["score"], *row["bbox"]] for row in found["annotations"]]
    rows += [[names[row["image_id"]], "dropped", row["score"], *row["bbox"]] for row in found["dropped"]]
    return {"thresholds": [about["threshold_review"], about["threshold_auto"]], "rows": sorted(rows)}


def differences(old: Record, new: Record) -> list[str]:
    """A line for each case that is not the same."""
    lines = []
    for name, was in old.items():
        now = new.get(name)
        if now is None:
            lines.append(f"{name}: is not there")
        elif [row[:2] for row in was["rows"]] != [row[:2] for row in now["rows"]]:
            lines.append(f"{name}: {len(was['rows'])} finds were, {len(now['rows'])} are, or other images and states")
        else:
            pairs = [(was["thresholds"], now["thresholds"])]
            pairs += [(a[2:], b[2:]) for a, b in zip(was["rows"], now["rows"], strict=True)]
            most = max(abs(x - y) for a, b in pairs for x, y in zip(a, b, strict=True))
            if most > TOLERANCE:
                lines.append(f"{name}: differs by {most:.6f}")
    return lines


def main() -> int:
    """Records, or compares and returns 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    data = fewshot.ROOT / "data"
    parser.add_argument("--weights-dir", type=Path, default=data / "weights")
    parser.add_argument("--data", type=Path, default=fewshot.DATA)
    args = parser.parse_args()
    made = record(args.weights_dir, args.data)
    if args.verb == "record":
        args.file.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
        return 0
    lines = differences(json.loads(args.file.read_text(encoding="utf-8")), made)
    print("\n".join(lines) or f"{len(made)} runs: the same to {TOLERANCE}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
