"""How long POST /api/projects/N/predict/ takes: the first question after a rest, then warm ones in turn.

    python bench/web/predict.py --address http://127.0.0.1:8000 --token KEY --project 1 --images FOLDER [--count 40]

Prints one line: cold s, warm p50 / p95 ms, and the engine's own part of it.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from pathlib import Path

import httpx


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--token", required=True)
    parser.add_argument("--project", type=int, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    given = parser.parse_args()
    pictures = sorted(path for path in given.images.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    url = f"{given.address}/api/projects/{given.project}/predict/"
    with httpx.Client(headers={"Authorization": f"Token {given.token}"}, timeout=120) as client:
        timed = [ask(client, url, path) for path in itertools.islice(itertools.cycle(pictures), given.count + 1)]
    (cold, _, _), *warm = timed
    seconds = sorted(took for took, _, _ in warm)
    engine = statistics.median(own for _, own, _ in warm)
    p95 = seconds[int(0.95 * (len(seconds) - 1))]
    boxes = sum(count for _, _, count in warm)
    print(
        f"cold {cold:.1f} s; warm p50 {1000 * statistics.median(seconds):.0f} ms, p95 {1000 * p95:.0f} ms over "
        f"{len(warm)} pictures ({boxes} boxes); the engine's part {1000 * engine:.0f} ms"
    )


def ask(client: httpx.Client, url: str, path: Path) -> tuple[float, float, int]:
    """Seconds that it took, seconds of the engine, boxes."""
    began = time.monotonic()
    answer = client.post(url, files={"image": (path.name, path.read_bytes())})
    answer.raise_for_status()
    found = answer.json()
    return time.monotonic() - began, found["seconds"], len(found["boxes"])


if __name__ == "__main__":
    main()
