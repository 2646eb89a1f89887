"""What a warm engine keeps: read from disk what runs have kept, nothing written there, the last images in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.memory_cache import MemoryCache, SharedCache


def test_what_a_run_has_kept_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    FeatureCache(tmp_path).put({"a": np.arange(3)}, "run")
    before = sorted(tmp_path.rglob("*.npz"))
    cache = MemoryCache(tmp_path)
    cache.put({"a": np.arange(4)}, "new")
    run, new = cache.get("run"), cache.get("new")
    assert run is not None
    assert run["a"].tolist() == [0, 1, 2]
    assert new is not None
    assert new["a"].tolist() == [0, 1, 2, 3]
    assert cache.get("none") is None
    assert sorted(tmp_path.rglob("*.npz")) == before


def test_what_a_job_makes_is_on_disk_and_in_memory(tmp_path: Path) -> None:
    memory = MemoryCache(tmp_path)
    shared = SharedCache(memory)
    memory.put({"a": np.arange(2)}, "question")
    shared.put({"a": np.arange(3)}, "job")
    assert shared.get("question") is not None
    kept = FeatureCache(tmp_path).get("job")
    assert kept is not None
    [file] = tmp_path.rglob("*.npz")
    file.unlink()
    assert memory.get("job") is not None


def test_what_was_unused_longest_goes(tmp_path: Path) -> None:
    cache = MemoryCache(tmp_path, most_bytes=2000)
    for name in ("a", "b", "c"):
        cache.put({"x": np.zeros(800, dtype=np.uint8)}, name)
        cache.get("a")
    assert [cache.get(name) is not None for name in ("a", "b", "c")] == [True, False, True]
