"""A stand-in for the warm engine: `standin.py MODE FOLDER --serve`. It notes each start in FOLDER and answers, dies or
is silent.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.training import standin as jobs


def main(mode: str, folder: Path) -> None:
    starts = folder / "starts"
    with starts.open("a") as file:
        file.write("x")
    if mode == "starts slowly":
        time.sleep(1.5)
    for line in sys.stdin:
        question = json.loads(line)
        first = starts.read_text() == "x"
        if mode == "dies" or (mode == "dies once" and first):
            sys.exit(3)
        if mode == "silent":
            time.sleep(60)
        print("a library prints this")
        if "job" in question:
            carry(mode, question)
            continue
        near = {"box_id": 1, "image_id": 5, "xyxy": [1, 1, 9, 9], "similarity": 0.8, "positive": True}
        found = [
            {
                "class_id": model["class_id"], "xyxy": [1.0, 2.0, 30.0, 40.0], "probability": 0.9, "score": 0.5,
                "source": "head", "state": "auto", "neighbours": [near],
            }
            for model in question["models"]
        ]  # fmt: skip
        answer = {
            "id": question["id"],
            "size": [64, 48],
            "suggestions": found,
            "seconds": 0.1,
            "error": {},
            "boxes": [],
        }
        if question["kind"] == "click":
            x, y = question["point"]
            box = {"xyxy": [x - 5, y - 5, x + 5, y + 5], "score": 0.8, "source": "model" if found else "anchor"}
            answer |= {"suggestions": [], "boxes": [box]}
        if mode == "error":
            answer |= {"suggestions": [], "error": {"code": "bad_image", "text": "?", "data": {}}}
        print(json.dumps(answer), flush=True)


def carry(mode: str, question: dict[str, str]) -> None:
    """A whole job, as the stand-in for an engine of its own does it."""
    error: dict[str, str] = {"code": "not_at_hand"} if mode == "not at hand" else {}
    if not error and jobs.main("error" if mode == "error" else "ok", json.loads(Path(question["job"]).read_text())):
        error = {"code": "failed"}
    nothing = {"size": [], "suggestions": [], "seconds": 0.0, "boxes": []}
    print(json.dumps({"id": question["id"], "error": error, **nothing}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
