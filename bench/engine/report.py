"""The benchmark's results as tables and plots."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.engine.measure import Bin, calibration, pooled

Runs = Sequence[dict[str, Any]]
TARGETS = {
    "raccoon": 0.88, "WBC": 0.95, "RBC": 0.85, "Platelets": 0.80, "tomato": 0.65, "playing_cards": 0.70, "voc100": 0.60,
}  # fmt: skip
COLUMNS = (
    "f1",
    "best_f1",
    "ap50",
    "mean_iou",
    "f1_strict",
    "recall_all",
    "auto_precision",
    "auto_share",
    "ece",
    "seconds",
)
COCO = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")
COCO_HEADS = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AR@100")
HEADS = ("F1", "best F1", "AP50", "mean IoU", "F1 at .75", "recall kept", "auto P", "auto share", "ECE", "s")


def mean(runs: Runs, name: str) -> float | None:
    """Mean over the runs that have the figure."""
    values = [run[name] for run in runs if run[name] is not None]
    return statistics.mean(values) if values else None


def groups(runs: Runs) -> dict[str, list[dict[str, Any]]]:
    """Runs by class; sets of many look-alike classes also as one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        found.setdefault(f"{run['set']}/{run['class']}", []).append(run)
    for name in ("playing_cards", "voc100"):
        own = [run for run in runs if run["set"] == name]
        if own:
            found[f"{name}, mean of {len({run['class'] for run in own})}"] = own
    return found


def table(runs: Runs) -> str:
    """A Markdown table: one row per class, the anchor's F1 beside ours."""
    engine = groups([run for run in runs if run["method"] == "engine"])
    anchor = groups([run for run in runs if run["method"] == "anchor"])
    rows = [
        "| set / class | K | seeds | " + " | ".join(HEADS) + " | anchor F1 (best) | target |",
        "|---" * (len(HEADS) + 5) + "|",
    ]
    for name, own in engine.items():
        cells = [_number(mean(own, column), 0 if column == "seconds" else 3) for column in COLUMNS]
        spread = f"{min(run['f1'] for run in own):.3f}-{max(run['f1'] for run in own):.3f}"
        cells[0] = f"**{cells[0]}** ({spread})"
        beside = anchor.get(name) if "mean of" not in name else None
        other = f"{mean(beside, 'f1'):.3f} ({mean(beside, 'best_f1'):.3f})" if beside else ""
        goal = TARGETS.get(name.split("/")[-1], TARGETS.get(name.split(",")[0]) if "mean of" in name else None)
        shots = "/".join(str(count) for count in sorted({run["shots"] for run in own}))
        seeds = len({run["seed"] for run in own})
        rows.append(f"| {name} | {shots} | {seeds} | " + " | ".join(cells) + f" | {other} | {goal or ''} |")
    return "\n".join(rows)


def by_size(runs: Runs) -> str:
    """pycocotools' figures of the runs that have them, one row per class; small is below 32 x 32 pixels, large above 96
    x 96.
    """
    own = [{**run, **run["coco"]} for run in runs if run["method"] == "engine" and run.get("coco")]
    if not own:
        return ""
    rows = ["| set / class | K | " + " | ".join(COCO_HEADS) + " |", "|---" * (len(COCO_HEADS) + 2) + "|"]
    for name, group in groups(own).items():
        shots = "/".join(str(count) for count in sorted({run["shots"] for run in group}))
        rows.append(f"| {name} | {shots} | " + " | ".join(_number(mean(group, column), 3) for column in COCO) + " |")
    return "By size, as pycocotools counts over everything that was found:\n\n" + "\n".join(rows)


def summary(runs: Runs) -> str:
    """How much of the anchor's shortfall is left, and what people may accept unseen."""
    draws = {_draw(run) for run in runs if run["method"] == "anchor"}
    engine = groups([run for run in runs if run["method"] == "engine" and _draw(run) in draws])
    anchor = groups([run for run in runs if run["method"] == "anchor"])
    both = [name for name in anchor if name in engine and "mean of" not in name]
    lines = []
    if both:
        ours = statistics.mean(1 - (mean(engine[name], "f1") or 0) for name in both)
        usual = statistics.mean(1 - (mean(anchor[name], "f1") or 0) for name in both)
        best = statistics.mean(1 - (mean(anchor[name], "best_f1") or 0) for name in both)
        lines.append(
            f"Shortfall (1 - F1) over the {len(draws)} draws ({len(both)} classes) that the anchor ran on: ours "
            f"{ours:.3f}; the"
            f" anchor's {usual:.3f} at confidence .25 and {best:.3f} at its best threshold in hindsight (ratio "
            f"{ours / usual:.2f}"
            f" and {ours / best:.2f})."
        )
    own = [run for run in runs if run["method"] == "engine"]
    hand, saved = sum(run["minutes_by_hand"] for run in own), sum(run["minutes_saved"] for run in own)
    spent = sum(run["seconds"] for run in runs)
    lines.append(
        f"Mean over all {len(own)} runs: auto-accepted precision {_number(mean(own, 'auto_precision'), 3)} with"
        f" {_number(mean(own, 'auto_share'), 2)} of the true positives, mean IoU {_number(mean(own, 'mean_iou'), 3)},"
        f" ECE {_number(mean(own, 'ece'), 3)} (perfect probabilities would show"
        f" {_number(mean(own, 'ece_by_chance'), 3)}, for many runs have few suggestions); of all runs' suggestions "
        "together"
        f" {calibration(pooled([bins_of(run) for run in own])):.3f}. Effort model: {hand:.0f} minutes by hand, "
        f"{saved:.0f} saved."
        f" All runs together took {spent / 60:.0f} minutes."
    )
    return "\n\n".join(lines)


def bins_of(run: dict[str, Any]) -> list[Bin]:
    """A run's calibration bins."""
    return [Bin(**row) for row in run["bins"]]


def reliability(runs: Runs) -> str:
    """What probabilities promise and what was true, of all suggestions of all runs together."""
    bins = pooled([bins_of(run) for run in runs if run["method"] == "engine"])
    rows = ["| probability | suggestions | promised | true |", "|---|---|---|---|"]
    for one in bins:
        low = one.place / 10
        rows.append(
            f"| {low:.1f}-{low + 0.1:.1f} | {one.count} | {one.promised / one.count:.3f} | {one.hits / one.count:.3f} |"
        )
    return "What probabilities promise and what was true, over all runs:\n\n" + "\n".join(rows)


def _draw(run: dict[str, Any]) -> tuple[str, str, int, int]:
    return run["set"], run["class"], run["shots"], run["seed"]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def write_report(runs: Runs, folder: Path | None) -> str:
    """The report as text; with a folder also as fewshot.md, fewshot.json and fewshot.png in it."""
    text = "\n\n".join(part for part in (table(runs), by_size(runs), summary(runs), reliability(runs)) if part)
    if folder is not None and runs:
        folder.mkdir(parents=True, exist_ok=True)
        _plot(runs, folder / "fewshot.png")
        head = (
            "# Few-shot benchmark\nMade by `make bench-fewshot`; what the columns mean is in ../engine/figures.md.\n\n"
        )
        picture = "\n\n![F1 per class and seed, the engine beside the anchor](fewshot.png)\n"
        (folder / "fewshot.md").write_text(head + text + picture, encoding="utf-8")
        (folder / "fewshot.json").write_text(json.dumps(list(runs), indent=1) + "\n", encoding="utf-8")
    return text


def _plot(runs: Runs, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(f"{run['set']}/{run['class']}" for run in runs))
    figure, axes = pyplot.subplots(figsize=(9, 0.36 * len(names) + 1.2), layout="constrained")
    for method, colour, mark, shift in (("engine", "#3056d3", "o", -0.12), ("anchor", "#c2410c", "x", 0.12)):
        own = [run for run in runs if run["method"] == method]
        places = [names.index(f"{run['set']}/{run['class']}") + shift for run in own]
        label = "LabelHub" if method == "engine" else "fine-tuned YOLO26n"
        axes.scatter([run["f1"] for run in own], places, c=colour, marker=mark, s=28, label=label)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1 at IoU .5, each at its own threshold; one mark per seed")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower left", frameon=False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
