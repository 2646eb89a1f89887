"""Starts a command that dies with its parent: `guard.py PARENT_PID COMMAND...`. Imports nothing of ours, so it is there at once."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
OOM_FIRST = "600"  # when memory runs out, the kernel ends the engine before the worker that watches it


def die_with_parent(signum: int = signal.SIGKILL) -> None:
    """Asks the kernel to send `signum` to this process when the thread that started it ends (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signum))


def main(parent: int, command: list[str]) -> None:
    """Becomes `command`; gives up if the parent died before the kernel was asked."""
    die_with_parent()
    if sys.platform == "linux" and os.getppid() != parent:
        raise SystemExit(1)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(OOM_FIRST)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
