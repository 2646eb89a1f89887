"""Pieces as a file that a storage saves, so that nothing holds it whole on its way there."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import File

from labelhub.hashing import StreamHash


class Pieces(File):  # type: ignore[type-arg]
    """Read once, from the beginning; then the hash is that of the whole."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(None, "export")
        self.hash = StreamHash()
        self._pieces = pieces
        self._held = b""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield from self.hash.over(self._pieces)

    def read(self, size: int | None = None) -> bytes:
        """For storages that read (S3's client): `size` bytes, fewer only at the end."""
        held = [self._held]
        length, self._held = len(self._held), b""
        while size is None or size < 0 or length < size:
            piece = next(self._read, None)
            if piece is None:
                break
            held.append(piece)
            length += len(piece)
        found = b"".join(held)
        if size is None or size < 0:
            return found
        self._held = found[size:]
        return found[:size]

    @property
    def _read(self) -> Iterator[bytes]:
        if not hasattr(self, "_chunks"):
            self._chunks = self.chunks()
        return self._chunks

    def seekable(self) -> bool:
        return False
