"""No process of ours outlives the one that started it.

As a program: `dying.py PARENT_PID OOM_SCORE COMMAND...`, there at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int = signal.SIGKILL) -> None:
    """Asks the kernel to send `signum` to this process when the thread that started it ends (Linux; elsewhere
    nothing).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signum))


def main(parent: int, oom_score: str, command: list[str]) -> None:
    """Becomes `command`; gives up if the parent died before the kernel was asked."""
    die_with_parent()
    if sys.platform == "linux" and os.getppid() != parent:
        raise SystemExit(1)
    if oom_score != "0":
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write(oom_score)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the point


def wrapped(command: list[str], *, oom_score: int = 0) -> list[str]:
    """The command line that starts `command` so. A higher `oom_score` is ended first when memory runs out."""
    return [sys.executable, os.path.abspath(__file__), str(os.getpid()), str(oom_score), *command]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
