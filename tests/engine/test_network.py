"""The compiled network on a CPU and torch's on a GPU give the same features and proposals, whatever the picture's shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine.conftest import Scene
from training.engine import images, runtime, weights
from training.engine.network import OpenVinoNetwork


@pytest.fixture(scope="module")
def networks(weights_dir: Path, cache_dir: Path) -> tuple[object, object]:
    from training.engine.detector import _inside
    from training.engine.network import TorchNetwork

    runtime.prepare_environment(cache_dir / "ultralytics")
    path = weights.resolve("yolo26n", weights_dir).path
    return OpenVinoNetwork(lambda: _inside(path), "test-26n", cache_dir / "networks"), TorchNetwork(
        _inside(path), "cpu"
    )


@pytest.mark.parametrize("shape", [(320, 320), (192, 320), (640, 448)])
def test_both_see_the_same(networks: tuple[object, object], scenes: list[Scene], shape: tuple[int, int]) -> None:
    picture = images.decode(scenes[0].path)
    pixels = np.ascontiguousarray(np.resize(picture, (*shape, 3)))[None]
    ours, theirs = networks[0](pixels), networks[1](pixels)  # type: ignore[operator]
    assert [part.shape for part in ours] == [part.shape for part in theirs]
    for one, two in zip(ours, theirs, strict=True):
        a, b = one.ravel().astype(np.float64), two.ravel().astype(np.float64)
        assert a @ b / np.sqrt((a @ a) * (b @ b)) > 0.99


def test_a_compiled_form_is_kept(networks: tuple[object, object], cache_dir: Path) -> None:

    def never() -> None:
        raise AssertionError("converted again")

    again = OpenVinoNetwork(never, "test-26n", cache_dir / "networks")  # type: ignore[arg-type]
    assert len(again(np.zeros((1, 64, 64, 3), dtype=np.uint8))) == 11


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_a_batch_of_any_size_goes_through_in_few_sizes(count: int) -> None:
    network = object.__new__(OpenVinoNetwork)
    sizes: list[int] = []

    def few(pixels: np.ndarray) -> list[np.ndarray]:
        sizes.append(len(pixels))
        return [pixels.astype(np.float32), pixels.astype(np.float32) * 2]

    network._few = few  # type: ignore[method-assign]
    pixels = np.arange(count * 12, dtype=np.uint8).reshape(count, 2, 2, 3)
    one, two = network(pixels)
    np.testing.assert_array_equal(one, pixels)
    np.testing.assert_array_equal(two, one * 2)
    assert set(sizes) <= {1, 4}
