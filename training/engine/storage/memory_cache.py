"""A cache that reads what runs have kept on disk, and keeps what is new in memory, for the last images only."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import Arrays
from training.engine.tuning import DEFAULTS


class MemoryCache(FeatureCache):
    """A picture that is asked about once shall not push theirs out on disk; asked about again, it is there at once."""

    def __init__(self, folder: Path, most_bytes: int = DEFAULTS.cache.most_in_memory) -> None:
        super().__init__(folder)
        self._most = most_bytes
        self._last: OrderedDict[Path, Arrays] = OrderedDict()

    def get(self, *parts: Any) -> Arrays | None:
        """From memory, else from disk."""
        path = self.path(*parts)
        known = self._last.get(path)
        if known is None:
            known = super().get(*parts)
            if known is not None:
                self.put(known, *parts)
        else:
            self._last.move_to_end(path)
        return known

    def put(self, arrays: Arrays, *parts: Any) -> None:
        """In memory; what was unused longest goes."""
        path = self.path(*parts)
        self._last[path] = arrays
        self._last.move_to_end(path)
        while len(self._last) > 1 and sum(map(_bytes_of, self._last.values())) > self._most:
            self._last.popitem(last=False)


class SharedCache(FeatureCache):
    """What a run computes in a warm engine: on disk as any run's, and in the engine's memory for what comes next."""

    def __init__(self, memory: MemoryCache) -> None:
        super().__init__(memory.folder)
        self._memory = memory

    def get(self, *parts: Any) -> Arrays | None:
        """From memory, else from disk."""
        return self._memory.get(*parts)

    def put(self, arrays: Arrays, *parts: Any) -> None:
        """In both."""
        super().put(arrays, *parts)
        self._memory.put(arrays, *parts)


def _bytes_of(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
