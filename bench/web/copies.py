"""How surely near copies are found, and how rarely other photos are taken for one: curves over the threshold, for each
set of photos.

Each photo is uploaded again re-encoded (JPEG, quality 60), at half its size, with 1.5 % cropped off each side, and with
3 % off the left and the top. Photos of a set that are copies in truth (the sets hold some) count as mistaken too.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageOps

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from projects.images import pictures  # noqa: E402
from projects.images.perceptual_hash import EDGES_APART, WAVES_APART, Look  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
THRESHOLDS = ((4, 64), (6, 64), (8, 64), (10, 64), (12, 64), (8, 12), (10, 10), (10, 12), (10, 14), (12, 12))
Photo = Pillow.Image


def variants(photo: Photo) -> Iterator[tuple[str, Photo]]:
    width, height = photo.size
    side, top = 0.015 * width, 0.015 * height
    yield "q60", photo
    yield "half", photo.resize((max(1, width // 2), max(1, height // 2)), Pillow.Resampling.BICUBIC)
    yield "crop 1.5 % each", photo.crop((round(side), round(top), round(width - side), round(height - top)))
    yield "crop 3 % corner", photo.crop((round(2 * side), round(2 * top), width, height))


def look(photo: Photo, quality: int) -> Look | None:
    """As an upload has it."""
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=quality)
    picture = pictures.read(out.getvalue(), max_pixels=10**9)
    return Look(*picture.look, picture.width, picture.height) if picture.look else None


def near(a: Look | None, b: Look | None, waves: int, edges: int) -> bool:
    return a is not None and b is not None and a.near(b, waves=waves, edges=edges)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10**6, help="of each set, at most")
    args = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: no photos at {DATA}")
        return 0
    everything: list[Look | None] = []
    for folder in sorted(path for path in DATA.iterdir() if (path / "images").is_dir()):
        own: list[Look | None] = []
        found: dict[str, list[Look | None]] = {}
        for path in sorted((folder / "images").iterdir())[: args.photos]:
            with Pillow.open(path) as opened:
                photo = ImageOps.exif_transpose(opened).convert("RGB")
            own.append(look(photo, 95))
            for name, variant in variants(photo):
                found.setdefault(name, []).append(look(variant, 60 if name == "q60" else 95))
        print(
            f"\n{folder.name}: {len(own)} photos\n{'bits apart':12}"
            + "".join(f"{n:>18}" for n in found)
            + f"{'taken for copies':>20}"
        )
        for waves, edges in THRESHOLDS:
            shares = [sum(near(a, b, waves, edges) for a, b in zip(own, made, strict=True)) for made in found.values()]
            alike = [
                pair for pair in combinations(range(len(own)), 2) if near(own[pair[0]], own[pair[1]], waves, edges)
            ]
            photos = len({one for pair in alike for one in pair})
            chosen = "  <-" if (waves, edges) == (WAVES_APART, EDGES_APART) else ""
            print(f"{waves:>4} and {edges:<3}" + "".join(f"{100 * n / len(own):16.1f} %" for n in shares)
                  + f"{100 * photos / len(own):12.1f} % {len(alike):5}{chosen}", flush=True)  # fmt: skip
        everything += own
        across = sum(near(a, b, WAVES_APART, EDGES_APART) for a in own for b in everything[: -len(own)])
        print(f"pairs with photos of the sets before: {across}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
