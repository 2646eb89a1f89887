"""Figures of the test split: classes on their own images, classes together, and how far they may be chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.engine.coco.bootstrap import Resampler, intervals
from training.engine.coco.measured import measure
from training.engine.coco.metrics import Find, coco_figures, matched
from training.protocol.job import JobBox, JobImage

BOX, OTHER, TINY = (100.0, 100.0, 160.0, 160.0), (300.0, 300.0, 420.0, 420.0), (10.0, 10.0, 20.0, 20.0)
NAMES = {1: "fox", 2: "owl", 3: "elk"}


def image(pk: int, *boxes: tuple[int, tuple[float, float, float, float]], complete: tuple[int, ...] = (1,)) -> JobImage:
    drawn = tuple(JobBox(None, class_id, xyxy) for class_id, xyxy in boxes)
    return JobImage(pk, Path("x"), target=False, boxes=drawn, complete_for=frozenset(complete))


def test_a_class_is_measured_on_the_images_that_are_complete_for_it() -> None:
    test = [image(1, (1, BOX)), image(2, (1, OTHER), complete=(2,)), image(3)]
    found = {1: {1: [Find(BOX, 0.9)], 2: [Find(BOX, 0.99)], 3: [Find(OTHER, 0.3, kept=False)]}}
    (row,) = measure(found, test, NAMES, None, 20, 0)["classes"]
    assert (row["id"], row["name"], row["images"], row["boxes"]) == (1, "fox", 2, 1)
    assert (row["ap"], row["ap50"], row["recall"], row["precision"], row["suggested"]) == (1, 1, 1, 1, 1)


def test_boxes_are_counted_by_size() -> None:
    (row,) = measure({1: {}}, [image(1, (1, BOX), (1, OTHER), (1, TINY))], NAMES, None, 5, 0)["classes"]
    assert (row["small"], row["medium"], row["large"]) == (1, 1, 1)
    assert (row["ap"], row["ap_small"], row["recall"]) == (0, 0, 0)


def test_together_is_the_mean_of_classes_that_have_a_box_as_pycocotools_takes_it() -> None:
    test = [image(1, (1, BOX), (2, OTHER), complete=(1, 2, 3))]
    part = measure({1: {1: [Find(BOX, 0.9)]}, 2: {}, 3: {}}, test, NAMES, None, 5, 0)
    assert part["combined"]["ap"] == 0.5
    assert (part["combined"]["boxes"], part["combined"]["images"], part["combined"]["recall"]) == (2, 1, 0.5)
    assert part["classes"][2]["ap"] is None
    assert "base" not in part


@pytest.mark.parametrize(("base", "expected"), [({1}, (1.0, 0.0)), (set(), (None, 0.5)), ({1, 2}, (0.5, None))])
def test_base_and_novel_apart(base: set[int], expected: tuple[float | None, float | None]) -> None:
    test = [image(1, (1, BOX), (2, OTHER), complete=(1, 2))]
    part = measure({1: {1: [Find(BOX, 0.9)]}, 2: {}}, test, NAMES, base, 5, 0)
    assert (part["base"]["ap"], part["novel"]["ap"]) == expected
    assert [row["base"] for row in part["classes"]] == [1 in base, 2 in base]


def test_intervals_hold_the_figure_and_narrow_with_images() -> None:
    def width(images: int) -> float:
        test = [image(pk, (1, BOX)) for pk in range(images)]
        found = {1: {pk: [Find(BOX if pk % 2 else OTHER, 0.5)] for pk in range(images)}}
        (row,) = measure(found, test, NAMES, None, 100, 1)["classes"]
        low, high = row["ap50_low"], row["ap50_high"]
        assert low is not None
        assert high is not None
        assert row["ap50"] is not None
        assert low <= row["ap50"] <= high
        return high - low

    assert width(80) < width(10)


def test_a_bootstrap_in_which_nothing_varies_gives_no_interval() -> None:
    test = [image(pk, (1, BOX)) for pk in range(12)]
    (row,) = measure({1: {pk: [Find(BOX, 0.9)] for pk in range(12)}}, test, NAMES, None, 20, 0)["classes"]
    assert (row["ap50"], row["ap50_low"], row["ap50_high"]) == (1, None, None)


def test_a_resample_of_each_image_once_is_what_pycocotools_says() -> None:
    truths = {"a": [BOX, OTHER], "b": [BOX], "c": []}
    found = {"a": [Find(BOX, 0.9), Find(TINY, 0.8)], "b": [Find((100, 100, 160, 140), 0.7)], "c": [Find(BOX, 0.6)]}
    whole, one = coco_figures(found, truths), Resampler(matched(found, truths), list(truths))
    assert one.of(["a", "b", "c"]) == pytest.approx((whole.ap, whole.ap50))
    twice = {name: truths[name[0]] for name in ("a", "a2", "b")}
    both = coco_figures({name: found[name[0]] for name in twice}, twice)
    assert one.of(["a", "a", "b"]) == pytest.approx((both.ap, both.ap50))
    assert one.of(["c"]) is None


def test_the_same_seed_gives_the_same_intervals() -> None:
    truths = {pk: [BOX] for pk in range(12)}
    found = {pk: [Find(BOX if pk % 3 else OTHER, 0.5)] for pk in range(12)}
    one = {"all": [Resampler(matched(found, truths), list(truths))]}
    assert intervals(one, list(truths), 30, 4) == intervals(one, list(truths), 30, 4)
    assert intervals(one, list(truths), 30, 4) != intervals(one, list(truths), 30, 5)
    assert intervals({"none": []}, list(truths), 3, 0)["none"].ap == (None, None)
