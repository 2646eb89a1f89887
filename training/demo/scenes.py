"""Renders the demo's pictures: red-capped mushrooms with dots to be found, and look-alikes, occluders and grounds that
make it honest.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from annotations.geometry import XYXY

SCALE = 2  # drawn at twice the size and reduced: smooth edges
SIZE = (640, 480)
CLASS_NAME = "fly agaric"
Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture and its truth: xyxy in pixels of the visible extent of every object of the class."""

    image: Image.Image
    boxes: list[XYXY]


def render(seed: int) -> Scene:
    """The same seed gives the same picture."""
    rng = random.Random(seed)
    canvas = _ground(rng).resize((SIZE[0] * SCALE, SIZE[1] * SCALE), Image.Resampling.BICUBIC)
    taken: list[XYXY] = []
    masks: list[Image.Image] = []
    for make, count in ((_agaric, rng.choice([0, 1, 1, 2, 2, 3])), (_look_alike, rng.randint(1, 4))):
        for _ in range(count):
            sprite = _turned(make(rng, rng.randint(44, 150) * SCALE), rng)
            place = _free_place(rng, sprite.size, canvas.size, taken)
            if place is None:
                continue
            canvas.paste(sprite, place, sprite)
            taken.append((*place, place[0] + sprite.width, place[1] + sprite.height))
            if make is _agaric:
                mask = Image.new("L", canvas.size)
                mask.paste(sprite.getchannel("A"), place)
                masks.append(mask)
    cover = _leaves(rng, canvas.size, taken)
    canvas.paste(cover, (0, 0), cover)
    seen = [_visible(mask, cover.getchannel("A")) for mask in masks]
    return Scene(_light(rng, canvas.resize(SIZE, Image.Resampling.LANCZOS)), [box for box in seen if box])


def _visible(mask: Image.Image, cover: Image.Image) -> XYXY | None:
    open_part = ImageChops.subtract(mask, cover).point(lambda value: 255 if value > 127 else 0)
    box = open_part.getbbox()
    if box is None:
        return None
    shown = open_part.histogram()[255] / max(1, mask.point(lambda value: 255 if value > 127 else 0).histogram()[255])
    if shown < 0.3:
        return None
    x1, y1, x2, y2 = (side / SCALE for side in box)
    return (x1, y1, x2, y2)


def _ground(rng: random.Random) -> Image.Image:
    """Blurred coloured noise at several scales, as forest floor, gravel, snow or a table are."""
    base: Color = rng.choice(
        [(92, 110, 60), (120, 96, 70), (150, 150, 145), (214, 216, 220), (70, 84, 92), (176, 140, 96)]
    )
    image = Image.new("RGB", SIZE, base)
    for cell in (4, 16, 64):
        small = Image.new("RGB", (SIZE[0] // cell, SIZE[1] // cell))
        small.putdata([_lighter(rng, base) for _ in range(small.width * small.height)])
        image = Image.blend(image, small.resize(SIZE, Image.Resampling.BICUBIC), 0.4)
    return image.filter(ImageFilter.GaussianBlur(rng.choice([0.4, 0.8, 1.6])))


def _lighter(rng: random.Random, color: Color) -> Color:
    """Mostly lighter or darker, and a little of another tint."""
    light = rng.randint(-42, 42)
    return tuple(max(0, min(255, part + light + rng.randint(-9, 9))) for part in color)  # type: ignore[return-value]


def _shade(rng: random.Random, color: Color, spread: int = 22) -> Color:
    return tuple(max(0, min(255, part + rng.randint(-spread, spread))) for part in color)  # type: ignore[return-value]


def _mushroom(rng: random.Random, side: int, cap: Color, dots: Color | None) -> Image.Image:
    sprite = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sprite)
    stem = _shade(rng, (228, 220, 200))
    width = side * rng.uniform(0.16, 0.26)
    draw.rounded_rectangle(
        (side / 2 - width / 2, side * 0.42, side / 2 + width / 2, side * 0.97), radius=width * 0.4, fill=stem
    )
    draw.line(
        (side / 2 + width * 0.3, side * 0.5, side / 2 + width * 0.3, side * 0.93),
        _shade(rng, (180, 168, 140)),
        side // 40,
    )
    flat = rng.uniform(0.5, 0.66)
    box = (side * 0.04, side * 0.04, side * 0.96, side * (0.04 + flat * 1.6))
    draw.pieslice(box, 180, 360, fill=cap)
    rim = side * (0.04 + flat * 0.8)
    draw.ellipse((side * 0.04, rim - side * 0.07, side * 0.96, rim + side * 0.07), fill=_shade(rng, cap, 12))
    if dots:
        for _ in range(rng.randint(7, 12)):
            angle, reach = rng.uniform(math.pi, 2 * math.pi), rng.uniform(0.1, 0.85)
            x = side / 2 + math.cos(angle) * reach * side * 0.44
            y = rim + math.sin(angle) * reach * side * flat * 0.74
            r = side * rng.uniform(0.025, 0.05)
            draw.ellipse((x - r * 1.2, y - r, x + r * 1.2, y + r), fill=dots)
    return sprite


def _agaric(rng: random.Random, side: int) -> Image.Image:
    return _mushroom(rng, side, _shade(rng, (200, 36, 30)), _shade(rng, (240, 236, 226), 12))


def _look_alike(rng: random.Random, side: int) -> Image.Image:
    """What resembles the class in one way and not in another."""
    kinds: list[Callable[[], Image.Image]] = [
        lambda: _mushroom(rng, side, _shade(rng, (134, 92, 52)), None),
        lambda: _mushroom(rng, side, _shade(rng, (210, 190, 120)), _shade(rng, (246, 240, 220))),
        lambda: _ball(rng, side, _shade(rng, (200, 36, 30)), dotted=False),
        lambda: _ball(rng, side, _shade(rng, (60, 90, 170)), dotted=True),
        lambda: _flower(rng, side),
    ]
    return rng.choice(kinds)()


def _ball(rng: random.Random, side: int, color: Color, *, dotted: bool) -> Image.Image:
    sprite = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sprite)
    draw.ellipse((side * 0.08, side * 0.08, side * 0.92, side * 0.92), fill=color)
    draw.ellipse((side * 0.25, side * 0.2, side * 0.42, side * 0.34), fill=(255, 255, 255, 110))
    for _ in range(8 if dotted else 0):
        x, y, r = side * rng.uniform(0.25, 0.75), side * rng.uniform(0.25, 0.75), side * 0.05
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(240, 240, 235))
    return sprite


def _flower(rng: random.Random, side: int) -> Image.Image:
    sprite = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sprite)
    petal = _shade(rng, rng.choice([(200, 60, 60), (220, 190, 60), (190, 90, 190)]))
    petals = rng.randint(5, 8)
    for n in range(petals):
        angle = 2 * math.pi * n / petals
        x, y, r = side / 2 + math.cos(angle) * side * 0.27, side / 2 + math.sin(angle) * side * 0.27, side * 0.2
        draw.ellipse((x - r, y - r, x + r, y + r), fill=petal)
    draw.ellipse((side * 0.36, side * 0.36, side * 0.64, side * 0.64), fill=_shade(rng, (236, 190, 50)))
    return sprite


def _turned(sprite: Image.Image, rng: random.Random) -> Image.Image:
    turned = sprite.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True)
    if rng.random() < 0.5:
        turned = turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    box = turned.getbbox()
    return turned.crop(box) if box else turned


def _free_place(
    rng: random.Random, size: tuple[int, int], room: tuple[int, int], taken: list[XYXY]
) -> tuple[int, int] | None:
    for _ in range(40):
        x, y = rng.randint(0, room[0] - size[0]), rng.randint(0, room[1] - size[1])
        if all(x + size[0] < a or x > c or y + size[1] < b or y > d for a, b, c, d in taken):
            return x, y
    return None


def _leaves(rng: random.Random, size: tuple[int, int], taken: list[XYXY]) -> Image.Image:
    """Leaves in front: some over a corner of an object, some anywhere."""
    cover = Image.new("RGBA", size)
    draw = ImageDraw.Draw(cover)
    for _ in range(rng.randint(0, 7)):
        if taken and rng.random() < 0.5:
            x1, y1, x2, y2 = rng.choice(taken)
            x, y = rng.choice([x1, x2]), rng.choice([y1, y2])
        else:
            x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        length, angle = rng.uniform(30, 70) * SCALE, rng.uniform(0, math.tau)
        side = angle + math.pi / 2
        tip = (x + math.cos(angle) * length / 2, y + math.sin(angle) * length / 2)
        tail = (x - math.cos(angle) * length / 2, y - math.sin(angle) * length / 2)
        bulge = length * 0.22
        left = (x + math.cos(side) * bulge, y + math.sin(side) * bulge)
        right = (x - math.cos(side) * bulge, y - math.sin(side) * bulge)
        color = _shade(rng, rng.choice([(96, 120, 40), (150, 110, 50), (70, 96, 50)]))
        draw.polygon([tip, left, tail, right], fill=(*color, 255))
        draw.line([tip, tail], fill=(*_shade(rng, (60, 70, 30)), 255), width=SCALE)
    return cover


def _light(rng: random.Random, image: Image.Image) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.7, 1.2))
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.75, 1.15))
    grain = Image.effect_noise(image.size, rng.uniform(4, 18)).convert("RGB")
    return Image.blend(image, ImageChops.overlay(image, grain), 0.35)
