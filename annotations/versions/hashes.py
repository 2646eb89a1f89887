"""The hash of each export of a version, kept with it: who has the hash has the version."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from annotations.models import DatasetVersion, VersionExport
from labelhub.hashing import StreamHash

log = logging.getLogger(__name__)


def hashed(version: DatasetVersion, choice: Mapping[str, Any], chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks; when the last was taken, the hash of all is kept. choice: the parameters of the export."""
    found = StreamHash()
    yield from found.over(chunks)
    _keep(version, choice, found.sha256, found.size)


def _keep(version: DatasetVersion, choice: Mapping[str, Any], sha256: str, size: int) -> None:
    """The first one counts. A later one differs only where pictures that came along were deleted meanwhile."""
    plain = {name: int(value) if isinstance(value, bool) else value for name, value in sorted(choice.items())}
    said = urlencode({name: value for name, value in plain.items() if name != "version"}, doseq=True)
    row, made = VersionExport.objects.get_or_create(
        version=version, choice=said[:300], defaults={"sha256": sha256, "bytes": size}
    )
    if not made and row.sha256 != sha256:
        log.warning("An export of version %s is not what it was before: %s", version.pk, said)
