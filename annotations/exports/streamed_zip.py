"""A zip written piece by piece, so that no export is ever whole in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from annotations.formats import Member
from annotations.formats.folders import PIECE


class _Sink(io.RawIOBase):
    """Takes what zipfile writes and hands it on; it cannot seek, so zipfile writes sizes behind each file."""

    def __init__(self) -> None:
        super().__init__()
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def take(self) -> bytes:
        taken, self.held = bytes(self.held), bytearray()
        return taken


def zipped(members: Iterable[Member], date: datetime) -> Iterator[bytes]:
    """A zip as it grows: no temporary file, and no more of it in memory than a piece. date: of all that is in it."""
    sink = _Sink()
    when = date.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for member in members:
            info = zipfile.ZipInfo(member.path, date_time=when)
            picture = member.path.startswith("images/")
            info.compress_type = zipfile.ZIP_STORED if picture else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=not picture) as file:
                for chunk in member.chunks:
                    file.write(chunk)
                    if len(sink.held) >= PIECE:
                        yield sink.take()
            if len(sink.held) >= PIECE:
                yield sink.take()
    yield sink.take()
