"""What the truth calls false, as contact sheets: is it the engine's mistake, or an object that nobody drew?

Red: the find. Green: true boxes. Each tile has its number, probability, class, seed, and its overlap with the nearest
true box.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.fewshot import DEFAULT, FEW, Case, find, prepare, tested
from bench.engine.measure import HIT, Box, Guess, matched, overlap
from bench.engine.options import add_usual

SIDE, ACROSS, DOWN = 190, 9, 6
FIND, TRUTH = (255, 0, 0), (0, 255, 0)


def called_false(
    guesses: Sequence[Guess], truths: Mapping[str, Sequence[Box]], auto: bool
) -> list[tuple[Guess, float]]:
    """Suggestions that hit no true box that is still free, surest first, with the overlap with the nearest.

    auto: accepted unseen only.
    """
    kept = sorted((guess for guess in guesses if guess.kept), key=lambda guess: -guess.score)
    return [
        (guess, max((overlap(box, guess.box) for box in truths[guess.image]), default=0.0))
        for guess, share in zip(kept, matched(kept, truths, HIT), strict=True)
        if not share and (guess.auto or not auto)
    ]


def tile(path: Path, find: Box, truths: Sequence[Box], words: str) -> Image.Image:
    """A find with what lies around it."""
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for box, colour in [*((box, TRUTH) for box in truths), (find, FIND)]:
        pen.rectangle((box[0], box[1], box[0] + box[2], box[1] + box[3]), outline=colour, width=2)
    x, y, half = find[0] + find[2] / 2, find[1] + find[3] / 2, max(find[2], find[3]) * 0.95 + 12
    cut = picture.crop((round(x - half), round(y - half), round(x + half), round(y + half))).resize((SIDE, SIDE))
    ImageDraw.Draw(cut).text((2, 2), words, fill=(255, 255, 0), stroke_width=1, stroke_fill=(0, 0, 0))
    return cut


def write_sheets(tiles: Sequence[Image.Image], folder: Path) -> None:
    """sheet-0.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(tiles), ACROSS * DOWN):
        sheet = Image.new("RGB", (ACROSS * SIDE, DOWN * SIDE))
        for place, one in enumerate(tiles[start : start + ACROSS * DOWN]):
            sheet.paste(one, (place % ACROSS * SIDE, place // ACROSS * SIDE))
        sheet.save(folder / f"sheet-{start // (ACROSS * DOWN)}.png")


def main(arguments: list[str] | None = None) -> int:
    """Labels the draws and writes the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(DEFAULT), metavar="SET/CLASS")
    parser.add_argument("--shots", type=int, default=10, help="boxes that are given (voc100: 5)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--max-test", type=int, default=100)
    parser.add_argument(
        "--only", default="auto", choices=("auto", "all"), help="what would be accepted unseen, or all suggestions"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    add_usual(parser)
    args = parser.parse_args(arguments)
    args.budget, args.encoder = "fast", "lite2"
    tiles: list[Image.Image] = []
    false: Counter[str] = Counter()
    suggested = 0
    for seed in args.seeds:
        for name in args.sets:
            set_name, class_name = name.split("/", 1)
            case = Case(set_name, class_name, FEW.get(set_name, args.shots), seed)
            coco, drawn = prepare(case, args.data, args.max_test)
            guesses, _, _ = find(coco, drawn, case, args)
            truths = tested(drawn)
            suggested += sum(guess.kept and (guess.auto or args.only == "all") for guess in guesses)
            for guess, near in called_false(guesses, truths, args.only == "auto"):
                words = f"{len(tiles)} {guess.score:.2f} {class_name}{seed} {near:.2f}"
                tiles.append(tile(drawn.folder / guess.image, guess.box, truths[guess.image], words))
                false[name] += 1
    write_sheets(tiles, args.out)
    print(
        f"{len(tiles)} of {suggested} hit no true box: "
        f"{', '.join(f'{name} {count}' for name, count in false.most_common())}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
