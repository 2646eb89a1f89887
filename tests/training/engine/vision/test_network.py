"""The compiled network on a CPU and torch's on a GPU give the same features and proposals, whatever the picture's
shape.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.training.engine.conftest import Scene
from training.engine import runtime
from training.engine.vision import images, weights
from training.engine.vision.network import OpenVinoNetwork


@pytest.fixture(scope="module")
def networks(weights_dir: Path, cache_dir: Path) -> tuple[object, object]:
    from training.engine.vision.detector import inside
    from training.engine.vision.network import TorchNetwork

    runtime.prepare_environment(cache_dir / "ultralytics")
    path = weights.resolve("yolo26n", weights_dir).path
    return OpenVinoNetwork(lambda: inside(path), "test-26n", cache_dir / "networks"), TorchNetwork(
        inside(path), "cpu", 32
    )


@pytest.mark.parametrize("shape", [(320, 320), (192, 320), (640, 448)])
def test_both_see_the_same(networks: tuple[object, object], scenes: list[Scene], shape: tuple[int, int]) -> None:
    picture = images.decode(scenes[0].path)
    pixels = np.ascontiguousarray(np.resize(picture, (*shape, 3)))
    ours, theirs = networks[0]([pixels]), networks[1]([pixels])  # type: ignore[operator]
    assert [part.shape for part in ours] == [part.shape for part in theirs]
    for one, two in zip(ours, theirs, strict=True):
        a, b = one.ravel().astype(np.float64), two.ravel().astype(np.float64)
        assert a @ b / np.sqrt((a @ a) * (b @ b)) > 0.99


def test_a_compiled_form_is_kept(networks: tuple[object, object], cache_dir: Path) -> None:

    def never() -> None:
        raise AssertionError("converted again")

    again = OpenVinoNetwork(never, "test-26n", cache_dir / "networks")  # type: ignore[arg-type]
    assert len(again([np.zeros((64, 64, 3), dtype=np.uint8)])) == 11


def test_pictures_side_by_side_keep_their_order(scenes: list[Scene], weights_dir: Path, cache_dir: Path) -> None:
    from training.engine.vision.detector import inside

    path = weights.resolve("yolo26n", weights_dir).path
    several = OpenVinoNetwork(lambda: inside(path), "test-26n", cache_dir / "networks", side_by_side=2)
    picture = images.decode(scenes[0].path)
    pictures = [np.resize(np.roll(picture, shift, axis=1), (64, 96, 3)) for shift in range(0, 70, 14)]
    alone = [several([one]) for one in pictures]
    for output, parts in zip(several(pictures), zip(*alone, strict=True), strict=True):
        np.testing.assert_array_equal(output, np.concatenate(parts))


def test_a_picture_that_cannot_be_made_leaves_the_network_usable(weights_dir: Path, cache_dir: Path) -> None:
    from training.engine.vision.detector import inside

    path = weights.resolve("yolo26n", weights_dir).path
    several = OpenVinoNetwork(lambda: inside(path), "test-26n", cache_dir / "networks", side_by_side=2)
    picture = np.zeros((64, 96, 3), dtype=np.uint8)

    def broken() -> Iterator[np.ndarray]:
        yield from [picture] * 3
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        several(broken())
    assert len(several([picture])[0]) == 1


def test_a_network_that_nobody_uses_is_gone(weights_dir: Path, cache_dir: Path) -> None:
    from training.engine.vision.detector import inside

    path = weights.resolve("yolo26n", weights_dir).path
    network = OpenVinoNetwork(lambda: inside(path), "test-26n", cache_dir / "networks")
    network([np.zeros((64, 96, 3), dtype=np.uint8)])
    seen = weakref.ref(network)
    del network
    gc.collect()
    assert seen() is None
