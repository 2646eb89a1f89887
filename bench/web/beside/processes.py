"""What a server's processes have used: seconds of processor and memory of one with all that it started."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all below it that live."""
    below: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            below[int(_fields(path)[1])].append(int(path.parent.name))
    found = [pid]
    for one in found:  # grows as it goes
        found += below[one]
    return found


def cpu_s(pid: int) -> float:
    """Processor seconds so far, with those of children that have ended."""
    found = 0.0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            found += sum(map(int, _fields(Path(f"/proc/{one}/stat"))[11:15])) / TICKS
    return found


def _fields(path: Path) -> list[str]:
    """Behind the process' name, which may hold spaces."""
    return path.read_text().rpartition(")")[2].split()
