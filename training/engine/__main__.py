"""python -m training.engine JOB.json: events as JSON lines on stdout, free text on stderr, exit code 0 or 1.

python -m training.engine --serve: questions as JSON lines on stdin, an answer to each on stdout
(training.protocol.serving).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

# numpy's many small products run faster in one thread than in two that wait for each other; it reads this when it is
# imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from training.engine.attempt import attempt, explain
from training.engine.events import Emitter
from training.protocol.errors import BadJob
from training.protocol.events import Error
from training.protocol.job import Job
from training.protocol.serving import OPTION

__all__ = ["explain", "main"]


def main(arguments: list[str]) -> int:
    """Does one job, or answers questions until there are no more."""
    out = _keep_stdout_for_events()
    if arguments == [OPTION]:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from training.engine.serve import serve

        serve(sys.stdin, out, explain)
        return 0
    emitter = Emitter(out)
    if len(arguments) != 1:
        error = BadJob("Usage: python -m training.engine JOB.json", field="")
        emitter.emit(Error(error.code, error.text, error.data))
        return 1
    return 0 if attempt(Path(arguments[0]), emitter, _carry) else 1


def _carry(job: Job, raw: bytes, emitter: Emitter) -> None:
    """What is imported here takes seconds: a job that cannot be is refused before."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve others on a busy machine
    from training.engine import pipeline

    pipeline.start(job, raw, emitter)


def _keep_stdout_for_events() -> TextIO:
    """Libraries print to stdout; they get stderr, and events keep the real one."""
    real = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return real


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
