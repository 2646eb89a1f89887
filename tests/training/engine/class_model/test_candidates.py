"""What is kept of images to label: little per candidate, found again image by image, and the same from disk."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from training.engine.class_model.candidates import Candidates
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import read_arrays, write_arrays

IMAGES, KEPT = 20_000, 12


def candidates(image: list[int]) -> Candidates:
    rng = np.random.default_rng(0)
    count = len(image)
    scores = [rng.random(count, dtype=np.float32) for _ in range(6)]
    return Candidates(
        np.array(image, dtype=np.int64),
        rng.random((count, 4), dtype=np.float32),
        *scores,
        np.zeros(count, dtype=np.uint8),
    )


@pytest.mark.parametrize(
    ("image", "spans"),
    [([], {}), ([5], {5: (0, 1)}), ([3, 3, 9, 1, 1, 1], {3: (0, 2), 9: (2, 3), 1: (3, 6)}), ([0, 0], {0: (0, 2)})],
)
def test_each_image_finds_its_rows(image: list[int], spans: dict[int, tuple[int, int]]) -> None:
    found = candidates(image).spans()
    assert {key: (rows.start, rows.stop) for key, rows in found.items()} == spans


def test_parts_join_and_come_back_from_disk(tmp_path: Path) -> None:
    whole = candidates([3, 3, 9])
    joined = Candidates.join([whole.take(slice(0, 2)), Candidates.none(), whole.take(np.array([2]))])
    write_arrays(tmp_path / "a.npz", joined.arrays("7_"))
    again = Candidates.of_arrays(read_arrays(tmp_path / "a.npz") or {}, "7_")
    for name in Candidates.__slots__:
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
        assert getattr(again, name).dtype == getattr(whole, name).dtype


def test_many_images_stay_small(tmp_path: Path) -> None:
    tracemalloc.start()
    parts = [candidates([number] * KEPT) for number in range(IMAGES)]
    table = Candidates.join(parts)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    write_arrays(tmp_path / "source.npz", table.arrays("7_"))
    assert len(table.spans()) == IMAGES
    assert most < 125_000_000  # of one class; the same with the detector's features would be 2 GB
    assert (tmp_path / "source.npz").stat().st_size < 20_000_000


def test_the_cache_prunes_itself_while_it_grows(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, limit=100_000)
    for number in range(60):
        cache.put({"rows": np.zeros(10_000, dtype=np.uint8)}, number)
        assert sum(path.stat().st_size for path in tmp_path.glob("??/*.npz")) < 125_000
    assert cache.get(59) is not None
    assert cache.get(0) is None
