"""SHA-256 and size of what goes by, piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator


class StreamHash:
    """pieces, size: how many went by, and their bytes."""

    def __init__(self) -> None:
        self.pieces = self.size = 0
        self._hash = hashlib.sha256()

    def over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces."""
        for piece in pieces:
            self._hash.update(piece)
            self.pieces += 1
            self.size += len(piece)
            yield piece

    def take(self, pieces: Iterable[bytes]) -> StreamHash:
        """Lets all of them go by."""
        for _piece in self.over(pieces):
            pass
        return self

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
