"""Boxes that are made alike: their points, the bank of them, and a run that tells two printed designs apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.training.engine.conftest import run_here
from training.engine.class_model.keypoint_verifier import (
    KeypointBank,
    KeypointVerifier,
    fit_keypoint_fusion,
    plausible_objects,
    shots_match,
    signals,
)
from training.engine.class_model.logistic import Linear
from training.engine.class_model.serialization import keypoint_arrays, keypoint_verifier_of
from training.engine.class_model.suppression import SuppressionRules
from training.engine.core.arrays import FloatArray
from training.engine.storage.files import read_arrays, write_arrays
from training.engine.tuning import DEFAULTS
from training.engine.vision.keypoints import Keypoints, keypoints_of, matching_keypoints

MakeJob = Callable[..., dict[str, Any]]
CARD = (120, 160)
CHANCE = 6
SETTINGS = DEFAULTS.keypoints
USUAL = Linear(np.array(SETTINGS.weights, dtype=np.float32), SETTINGS.bias)
RULES = SuppressionRules(0.5, nested=True, inside=0.85)

SIFT = DEFAULTS.sift


def design(seed: int) -> Image.Image:
    """A printed card: white, with shapes that its seed alone decides."""
    rng = np.random.default_rng(seed)
    card = Image.new("RGB", CARD, "white")
    pen = ImageDraw.Draw(card)
    pen.rectangle((2, 2, CARD[0] - 3, CARD[1] - 3), outline="black", width=2)
    for _ in range(26):
        x, y = (int(rng.integers(12, side - 12)) for side in CARD)
        w, h = (int(one) for one in rng.integers(4, 16, 2))
        ink = tuple(int(one) for one in rng.integers(0, 160, 3))
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x - w, y - h, x + w, y + h), outline=ink, width=2)
        pen.line((x, y, *(int(one) for one in rng.integers(10, 110, 2))), fill=ink, width=2)
    return card


def lying(card: Image.Image, turn: float, scale: float, seed: int) -> tuple[np.ndarray, FloatArray]:
    """A picture with the card on a noisy table, and its box."""
    rng = np.random.default_rng(seed)
    table = Image.fromarray(rng.integers(80, 120, (320, 320, 3), dtype=np.uint8))
    size = (round(CARD[0] * scale), round(CARD[1] * scale))
    shown = (
        card.resize(size, Image.Resampling.BICUBIC)
        .convert("RGBA")
        .rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
    )
    x, y = (int(rng.integers(5, 315 - side)) for side in shown.size)
    table.paste(shown, (x, y), shown)
    return np.asarray(table, dtype=np.uint8), np.array([x, y, x + shown.width, y + shown.height], np.float32)


def points(seed: int, turn: float = 0, scale: float = 1, table: int = 0) -> Keypoints:
    return keypoints_of(*lying(design(seed), turn, scale, table), SIFT)


@pytest.mark.parametrize(("turn", "scale"), [(0, 1), (25, 1), (180, 0.8), (90, 1.3), (-140, 1)])
def test_a_card_agrees_with_itself_however_it_lies(turn: float, scale: float) -> None:
    assert matching_keypoints(points(1, turn, scale, table=2), points(1, table=3)) >= 25


@pytest.mark.parametrize("turn", [0, 25, 180])
def test_another_card_agrees_by_chance_only(turn: float) -> None:
    assert matching_keypoints(points(2, turn, table=2), points(1, table=3)) <= CHANCE


@pytest.mark.parametrize(
    ("box", "fewest", "most"),
    [
        ((0, 0, 320, 320), 50, SIFT.most),
        ((-40, -40, 400, 400), 50, SIFT.most),
        ((10, 10, 12, 11), 0, 5),
        ((400, 400, 500, 500), 0, 0),
        ((20, 20, 20, 20), 0, 5),
    ],
)
def test_points_of_odd_boxes(box: tuple[float, ...], fewest: int, most: int) -> None:
    pixels, _ = lying(design(1), 0, 1, 0)
    found = keypoints_of(pixels, np.array(box, np.float32), SIFT)
    assert fewest <= len(found) <= most
    assert found.codes.dtype == np.uint8
    assert len(found.xy) == len(found.codes)
    assert not len(found) or (found.xy.min() >= 0 and found.xy.max() <= SIFT.side)


def test_a_blank_box_has_no_points_and_agrees_with_nothing() -> None:
    blank = keypoints_of(np.full((64, 64, 3), 200, np.uint8), np.array([0, 0, 64, 64], np.float32), SIFT)
    assert len(blank) == 0
    assert matching_keypoints(blank, points(1)) == matching_keypoints(points(1), blank) == 0


@pytest.mark.parametrize(
    ("cards", "images", "expected"),
    [
        ([1, 1, 1], [1, 2, 3], True),
        ([1, 1, 2, 2], [1, 2, 3, 4], True),
        ([1, 2, 3], [1, 2, 3], False),
        ([1, 1, 2, 3, 4], [1, 2, 3, 4, 5], False),
        ([1, 1, 1], [1, 1, 1], False),
        ([1], [1], False),
        ([], [], False),
    ],
)
def test_most_shots_of_other_images_must_agree(cards: list[int], images: list[int], expected: bool) -> None:
    shots = [points(card, turn=31 * place, table=place) for place, card in enumerate(cards)]
    assert shots_match(shots, np.array(images, dtype=np.int64), SETTINGS.shared) is expected


def bank() -> KeypointBank:
    rows = [(1, True, 1), (1, True, 2), (2, False, 1), (3, False, 2)]
    return KeypointBank(
        tuple(points(card, table=10 + place) for place, (card, _, _) in enumerate(rows)),
        np.array([positive for _, positive, _ in rows]), np.array([image for _, _, image in rows], dtype=np.int64),
        SETTINGS,
    )  # fmt: skip


def test_keypoint_match_is_for_the_shots_and_against_their_look_alikes() -> None:
    whole = bank()
    card, other, stranger = (whole.score(points(seed, turn=40, table=5)) for seed in (1, 2, 9))
    assert card > 3
    assert other < 0
    assert other < stranger < card
    without = whole.score(points(1, turn=40, table=5), without_image=1)
    assert 1 < without < card
    assert KeypointBank((), np.zeros(0, bool), np.zeros(0, np.int64), SETTINGS).score(points(1)) == 0


@pytest.mark.parametrize("there", [True, False])
def test_it_comes_back_from_disk_as_it_was(tmp_path: Path, there: bool) -> None:
    verifier = KeypointVerifier(bank(), USUAL) if there else None
    write_arrays(tmp_path / "class-7.npz", {"else": np.zeros(1), **keypoint_arrays(verifier)})
    again = keypoint_verifier_of(read_arrays(tmp_path / "class-7.npz") or {}, SETTINGS)
    if verifier is None:
        assert again is None
        return
    assert again is not None
    assert again.fusion.bias == verifier.fusion.bias
    for one, other in zip(again.bank.points, verifier.bank.points, strict=True):
        np.testing.assert_array_equal(one.codes, other.codes)
    query = points(1, turn=40, table=5)
    assert again.bank.score(query) == pytest.approx(verifier.bank.score(query), abs=0.1)


def test_the_largest_keypoint_bank_leaves_a_model_under_two_megabytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    full = Keypoints(rng.random((SIFT.most, 2)).astype(np.float32), rng.integers(0, 255, (SIFT.most, 128), np.uint8))
    count = 2 * SETTINGS.most_shots
    every = KeypointBank((full,) * count, np.ones(count, bool), np.zeros(count, np.int64), SETTINGS)
    write_arrays(tmp_path / "bank.npz", every.arrays())
    assert (tmp_path / "bank.npz").stat().st_size < 900_000


def test_boxes_of_one_object_share_its_keypoint_match_and_unlikely_ones_stay() -> None:
    pixels, box = lying(design(1), 20, 1, 0)
    beside = box + np.array([6, 4, 6, 4], np.float32)
    xyxy = np.stack([box, beside, np.array([0, 0, 20, 20], np.float32)])
    before = np.array([0.3, 0.25, SETTINGS.plausible / 2], np.float32)
    looked: list[int] = []

    def look(one: FloatArray) -> Keypoints:
        looked.append(1)
        return keypoints_of(pixels, one, SIFT)

    after = KeypointVerifier(bank(), USUAL).probability(xyxy, before, RULES, look)
    assert len(looked) == 1
    assert after[0] > 0.9
    assert 0.9 < after[1] <= after[0]
    assert after[2] == before[2]
    assert before[0] == np.float32(0.3)


@pytest.mark.parametrize("before", [[], [0.01, 0.02]])
def test_nothing_likely_is_nothing_to_look_at(before: list[float]) -> None:
    xyxy = np.tile(np.array([[0, 0, 9, 9]], np.float32), (len(before), 1))
    rows, keep, owner = plausible_objects(xyxy, np.array(before, np.float32), RULES, SETTINGS.plausible)
    assert len(rows) == len(keep) == len(owner) == 0


def test_held_out_boxes_bend_the_second_look() -> None:
    before = np.full(20, 0.5, np.float32)
    scores = np.repeat(np.array([4.0, 2.0], np.float32), 10)
    assert np.allclose(fit_keypoint_fusion(before[:0], scores[:0], np.zeros(0, bool), SETTINGS).weight, USUAL.weight)
    clear = fit_keypoint_fusion(before, scores, scores > 3, SETTINGS).logits(signals(before, scores, SETTINGS.clip))
    assert clear[:10].min() > 1
    assert clear[10:].max() < -1
    more = fit_keypoint_fusion(before, scores, scores > 1, SETTINGS).logits(signals(before, scores, SETTINGS.clip))
    assert more[10:].min() > clear[10:].max()


def scene(path: Path, cards: list[int], seed: int) -> dict[int, list[float]]:
    """A picture with several cards on a table; each card's box."""
    rng = np.random.default_rng(seed)
    table = Image.fromarray(rng.integers(60, 100, (320, 480, 3), dtype=np.uint8))
    boxes = {}
    for place, card in enumerate(cards):
        shown = (
            design(card)
            .convert("RGBA")
            .rotate(int(rng.integers(-25, 26)), expand=True, resample=Image.Resampling.BICUBIC)
        )
        x, y = 5 + place * 240 + int(rng.integers(0, 30)), int(rng.integers(5, 310 - shown.height))
        table.paste(shown, (x, y), shown)
        boxes[card] = [float(x), float(y), float(x + shown.width), float(y + shown.height)]
    path.parent.mkdir(parents=True, exist_ok=True)
    table.save(path)
    return boxes


def test_a_run_tells_one_design_from_another(make_job: MakeJob, tmp_path: Path) -> None:
    """Two designs of cards in each picture; the class is one of them, and the other must not be suggested as surely."""
    images: list[dict[str, Any]] = []
    truths: dict[int, dict[int, list[float]]] = {}
    for number in range(5):
        path = tmp_path / "scenes" / f"{number}.png"
        cards = [1, 2] if number % 2 else [2, 1]
        truths[number] = scene(path, cards, number)
        given = number < 3
        boxes = [{"id": number, "class_id": 7, "xyxy": truths[number][1]}] if given else []
        images.append({
            "id": number, "path": str(path), "target": not given, "boxes": boxes, "complete_for": [7] if given else [],
        })  # fmt: skip
    done = run_here(make_job(tmp_path / "run", images))
    assert done.code == 0, done.events
    assert [event["data"]["class_id"] for event in done.of("log") if event["code"] == "made_alike"] == [7]
    assert done.suggestions["classes"]["7"]["made_alike"] is True
    for image in done.suggestions["images"]:
        rows = [*image["suggestions"], *image["dropped"]]
        best = {
            card: max((row["probability"] for row in rows if _overlap(row["xyxy"], box) > 0.5), default=0.0)
            for card, box in truths[image["id"]].items()
        }
        assert best[1] > 0.8, (image["id"], best)
        assert best[2] < 0.4, (image["id"], best)


def _overlap(one: list[float], other: list[float]) -> float:
    from training.engine.core.boxes import as_boxes, iou

    return float(iou(as_boxes([one]), as_boxes([other]))[0, 0])
