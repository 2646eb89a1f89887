"""Small objects: blood cells on canvases of 2 x 2 and 3 x 3 photos at full resolution, labelled by the engine.

The photos are ../shared/data/bccd's; a platelet spans about 19 and 13 px there at 640 px. Options are those of
bench/engine/fewshot.py.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine import fewshot

WIDTH, HEIGHT = 640, 480
CANVASES = 26
SETS = ("bccd2/Platelets", "bccd3/Platelets", "bccd2/WBC", "bccd3/WBC")


def mosaic(source: Path, side: int, out: Path) -> None:
    """Writes a set of canvases of side x side photos, boxes moved along."""
    coco = json.loads((source / "annotations.json").read_text(encoding="utf-8"))
    photos = sorted(coco["images"], key=lambda image: image["id"])
    random.Random(7).shuffle(photos)
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in coco["annotations"]:
        rows.setdefault(row["image_id"], []).append(row)
    (out / "images").mkdir(parents=True, exist_ok=True)
    images, boxes = [], []
    for number in range(min(len(photos) // side**2, CANVASES)):
        canvas = Image.new("RGB", (WIDTH * side, HEIGHT * side))
        for place, photo in enumerate(photos[number * side**2 : (number + 1) * side**2]):
            left, top = place % side * WIDTH, place // side * HEIGHT
            with Image.open(source / "images" / photo["file_name"]) as file:
                canvas.paste(file.convert("RGB").resize((WIDTH, HEIGHT)), (left, top))
            across, down = WIDTH / photo["width"], HEIGHT / photo["height"]
            for row in rows.get(photo["id"], ()):
                x, y, width, height = row["bbox"]
                box = [x * across + left, y * down + top, width * across, height * down]
                boxes.append({
                    "id": len(boxes) + 1, "image_id": number + 1, "category_id": row["category_id"], "bbox": box,
                    "area": box[2] * box[3], "iscrowd": 0,
                })  # fmt: skip
        name = f"m{number:03}.jpg"
        canvas.save(out / "images" / name, quality=92)
        images.append({"id": number + 1, "file_name": name, "width": WIDTH * side, "height": HEIGHT * side})
    found = {"images": images, "annotations": boxes, "categories": coco["categories"]}
    (out / "annotations.json").write_text(json.dumps(found), encoding="utf-8")


def main() -> int:
    """Makes the sets once, then runs them."""
    room = fewshot.ROOT / "data" / "bench" / "mosaic"
    for side in (2, 3):
        if not (room / f"bccd{side}" / "annotations.json").is_file():
            mosaic(fewshot.DATA / "bccd", side, room / f"bccd{side}")
    own = ["--data", str(room), "--json", str(room / "results.json"), "--anchor", "--seeds", "0", "--max-test", "12"]
    return fewshot.main([*own, "--sets", *SETS, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
