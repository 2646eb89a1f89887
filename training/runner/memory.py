"""How much memory a process group holds, as the kernel tells it; nothing where there is no /proc."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def group_mb(group: int, proc: Path = PROC) -> float | None:
    """Resident megabytes of all processes of a group together; None where the system does not tell, or none is left."""
    pages = [rss for stat in proc.glob("[0-9]*/stat") if (rss := _pages(stat, group)) is not None]
    return round(sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1) if pages else None


def _pages(stat: Path, group: int) -> int | None:
    """Resident pages of one process, if it is of the group. Its name, in brackets, may hold anything."""
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return int(fields[21]) if int(fields[2]) == group else None
    except (OSError, ValueError, IndexError):  # it ended meanwhile
        return None
