"""A stand-in for the engine that speaks its contract and fails on demand: `standin.py MODE job.json`.

No torch, no images.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

START = time.monotonic()


def say(kind: str, **fields: object) -> None:
    print(json.dumps({"kind": kind, "t": round(time.monotonic() - START, 3), **fields}), flush=True)


def stage(job: dict, name: str, seconds: float, index: int, count: int) -> None:
    left = Path(job["workdir"]) / "stages" / f"{name}.json"
    if left.exists():
        say("stage", stage=name, state="skipped", seconds=0, index=index, count=count)
        return
    say("stage", stage=name, state="started", seconds=None, index=index, count=count)
    steps = max(1, int(seconds / 0.1))
    for step in range(steps):
        if seconds:
            time.sleep(0.1)
        percent = 100 * (index + (step + 1) / steps) / count
        say("progress", stage=name, done=step + 1, total=steps, percent=min(percent, 99.9), eta_s=1.0)
    left.parent.mkdir(exist_ok=True)
    left.write_text("{}")
    say("stage", stage=name, state="finished", seconds=seconds, index=index, count=count)


def write_matches(job: dict) -> None:
    """The same place in every image, less alike from one to the next; not where the query lies."""
    matches = [
        {"image": image["id"], "xyxy": [200.0, 200.0, 260.0, 260.0], "similarity": round(0.9 / place, 4)}
        for place, image in enumerate(job["images"], start=1)
    ]
    text = json.dumps({"matches": matches, "info": {"seconds": {"search": 0.1}}})
    (Path(job["workdir"]) / "suggestions.json").write_text(text)


def write_export(job: dict) -> None:
    folder = Path(job["workdir"])
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model/detector.onnx").write_bytes(b"graph")
    info = {"seconds": {"export": 0.1}, "versions": {"onnx": "1"}, "device": "cpu"}
    if "detect" in job and not job.get("models"):
        info["speed"] = {"milliseconds": 12.3, "side": 640, "cores": 2}
    (folder / "suggestions.json").write_text(json.dumps({"file": "model/detector.onnx", "info": info}))


def write_label_errors(job: dict) -> None:
    """Of each complete image: its first box should be of the next class, is loose and of nothing; one is missing."""
    classes = [label["id"] for label in job["classes"]]
    rows = []
    for image in job["images"]:
        if not image["target"]:
            continue
        about = {"image": image["id"], "class_id": classes[0], "proposed": None, "box": None, "xyxy": None}
        for box in image["boxes"][:1]:
            own = about | {"box": box["id"], "class_id": box["class_id"]}
            x1, y1, x2, y2 = box["xyxy"]
            rows.append(own | {"kind": "wrong_class", "proposed": classes[-1], "probability": 0.9})
            rows.append(own | {"kind": "loose", "xyxy": [x1 + 5, y1 + 5, x2, y2], "probability": 0.7})
            rows.append(own | {"kind": "spurious", "probability": 0.4})
        rows.append(about | {"kind": "missing", "xyxy": [200.0, 200.0, 260.0, 260.0], "probability": 0.8})
    rows.sort(key=lambda row: -row["probability"])
    info = {
        "seconds": {"cross_fit": 0.5, "rank": 0.1},
        "versions": {},
        "weights": [],
        "device": "cpu",
        "images": 2,
        "boxes": 2,
    }
    text = json.dumps({"label_errors": rows, "info": info})
    (Path(job["workdir"]) / "suggestions.json").write_text(text)


def write_results(job: dict, mode: str) -> None:
    """One surely-right suggestion in the right half of every target image, one unsure below it, per class."""
    folder = Path(job["workdir"])
    images = []
    first_box = next((box["id"] for image in job["images"] for box in image["boxes"]), None)
    for image in job["images"]:
        if not image["target"]:
            continue
        w, h = image["width"], image["height"]
        rows = [
            {
                "class_id": label["id"],
                "xyxy": [w * 0.6, h * top, w * 0.9, h * (top + 0.3)],
                "probability": probability,
                "score": 0.5,
                "source": "head",
                "state": state,
                "neighbours": [
                    {
                        "box_id": first_box,
                        "image_id": image["id"],
                        "xyxy": [1, 1, 9, 9],
                        "similarity": 0.8,
                        "positive": True,
                    }
                ],
            }
            for label in job["classes"]
            for top, probability, state in ((0.1, 0.95, "auto"), (0.6, 0.5, "review"))
        ]
        unlikely = [
            {"class_id": label["id"], "xyxy": [0, h * 0.7, w * 0.2, h * 0.9], "probability": 0.1}
            for label in job["classes"]
            if mode == "wait"
        ]
        images.append({"id": image["id"], "suggestions": [] if mode == "nothing" else rows, "dropped": unlikely})
    classes = {
        str(label["id"]): {
            "shots": 3, "threshold_review": 0.35, "threshold_auto": 0.8, "measured": "loo", "precision": 0.9,
            "precision_low": 0.7, "precision_high": 0.97, "recall": 0.8, "recall_low": 0.5, "recall_high": 0.95,
            "f1": 0.85, "ap50": 0.8, "pr_curve": [[0.8, 0.9, 0.5]], "outlier_box_ids": [first_box] if first_box else [],
            "worst": [
                {
                    "kind": "missed", "image_id": job["images"][0]["id"], "xyxy": [1, 1, 9, 9], "probability": None,
                    "iou": 0.0, "drawn": None,
                }
            ],
        }
        for label in job["classes"]
    }  # fmt: skip
    info = {
        "seconds": {"propose": 1.5, "verify": 0.5}, "versions": {"labelhub": "0"}, "device": "cpu", "seed": job["seed"],
        "budget": job["budget"], "weights": [{"name": "yolo26n.pt", "sha256": "0" * 64, "origin": "folder"}],
    }  # fmt: skip
    models = folder / "model"
    models.mkdir(exist_ok=True)
    for label in job["classes"]:
        (models / f"class-{label['id']}.npz").write_bytes(b"head and bank")
        (models / f"class-{label['id']}.json").write_text(
            json.dumps({"name": label["name"], "thresholds": [0.35, 0.8]})
        )
    part = folder / "suggestions.part"
    unsure = [(image["id"], row) for image in images for row in image["suggestions"] if row["state"] == "review"]
    questions = [{"image_id": pk, "class_id": row["class_id"], "xyxy": row["xyxy"]} for pk, row in reversed(unsure)]
    asked = questions if mode == "asks" else []
    results = {"images": images, "classes": classes, "questions": asked, "info": info}
    part.write_text('{"images": [{"id": 1}]}' if mode == "broken" else json.dumps(results))
    os.replace(part, folder / "suggestions.json")
    count = sum(len(image["suggestions"]) for image in images)
    say("suggestions", count=count, images=len(images), seconds=2.0)


def train(job: dict, mode: str) -> None:
    """In mode `wait` it goes on only when the test says so; at most a minute."""
    folder, models = Path(job["workdir"]), Path(job["workdir"]) / "model"
    until = time.monotonic() + 60
    while mode == "wait" and not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.05)
    if (job.get("train") or {}).get("mode") == "always":
        kept = ["bicycle", "car"] if job["train"]["keep_base"] else []
        both = [label["name"] for label in job["classes"] if label["name"] == "Person"] if kept else []
        (models / "detector.pt").write_bytes(b"weights")
        (models / "detector.json").write_text(
            json.dumps({
                "sha256": "x", "classes": [label["name"] for label in job["classes"]] + kept,
                "class_ids": [label["id"] for label in job["classes"]] + [None] * len(kept),
                "base_classes": both + kept, "agreement": {"ap50": 0.9, "boxes": 8, "images": 3}, "epochs": 2,
                "image_size": 640, "base": "yolo26n",
                "summary": {"name": "yolo26n", "parameters": 1}, "metrics": {"map50": 0.5},
                "curves": {"epoch": [1, 2], "box": [1.0, 0.5]},
            })
        )  # fmt: skip


def main(mode: str, job: dict) -> int:
    (Path(job["workdir"]) / "pids").open("a").write(f"{os.getpid()}\n")
    say("memory", device="cpu", rss_mb=50.0, gpu_mb=None)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    if mode == "silent":
        time.sleep(600)
    if mode == "crash":
        print("Traceback: something tore", file=sys.stderr)
        return 3
    if mode == "oom":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "error":
        say("error", code="weights_unavailable", data={}, text="The pretrained weights yolo26n.pt could not be had.")
        return 1
    if mode == "empty":
        return 0
    if mode == "garbage":
        sys.stdout.buffer.write(b'\xff\xfe not json\n[1, 2]\n{"kind": "secret"}\n\n' + b"x" * 300_000 + b"\n")
        sys.stdout.flush()
        print('{"kind": "epoch", "epoch": 1, "epochs": 2, "losses": {"box": NaN, "cls": 1e999}, "t": 0}', flush=True)
        print('{"kind": "log", "level": "info", "code": "x", "data": {}, "text": "nul \\u0000"}', flush=True)
    if mode == "chatty":
        for done in range(20_000):
            say("progress", stage="propose", done=done, total=20_000, percent=done / 200, eta_s=1)
            say("log", level="info", code="x", data={}, text="word")
    seconds = float(mode.removeprefix("slow")) if mode.startswith("slow") else 0.0
    names = ["prepare", "propose", "verify", "suggest"]
    for index, name in enumerate(names):
        stage(job, name, seconds / len(names), index, len(names))
    for epoch in (1, 2):
        say("epoch", epoch=epoch, epochs=2, losses={"box": 1.0 / epoch}, metrics={}, seconds=0.1, eta_s=0)
    if job["kind"] == "similar":
        write_matches(job)
    elif job["kind"] == "export":
        write_export(job)
    elif job["kind"] == "check":
        write_label_errors(job)
    else:
        label = job["classes"][0]["id"]
        say("found", image=job["images"][0]["id"], xyxy=[1, 1, 9, 9], probability=0.9, **{"class": label})
        write_results(job, mode)
        train(job, mode)
    if mode == "broken" and job["kind"] != "autolabel":
        (Path(job["workdir"]) / "suggestions.json").write_text('{"images": [{"id": 1}]}')
    say("done", seconds=time.monotonic() - START)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
