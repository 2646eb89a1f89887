"""python -m training.engine JOB.json: events as JSON lines on stdout, free text on stderr, exit code 0 or 1.

python -m training.engine --serve: questions as JSON lines on stdin, an answer to each on stdout
(training.protocol.serving).
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

# numpy's many small products run faster in one thread than in two that wait for each other; it reads this when it is
# imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from training.engine.events import Emitter
from training.protocol import job_file
from training.protocol.errors import BadJob, EngineError
from training.protocol.events import Error
from training.protocol.serving import OPTION
from training.protocol.stages import plan


def main(arguments: list[str]) -> int:
    """Does one job, or answers questions until there are no more."""
    out = _keep_stdout_for_events()
    if arguments == [OPTION]:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from training.engine.serve import serve

        serve(sys.stdin, out, explain)
        return 0
    emitter = Emitter(out)
    try:
        if len(arguments) != 1:
            raise BadJob("Usage: python -m training.engine JOB.json", field="")
        path = Path(arguments[0])
        job = job_file.load(path)
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve others on a busy machine
        from training.engine import pipeline

        emitter.plan(plan(job))
        pipeline.start(job, path.read_bytes(), emitter)
    except EngineError as error:
        emitter.emit(Error(error.code, error.text, error.data))
        return 1
    except MemoryError:
        emitter.emit(Error("out_of_memory", "The machine ran out of memory."))
        return 1
    except Exception as error:
        traceback.print_exc()
        code, text = explain(error)
        emitter.emit(Error(code, text, {"type": type(error).__name__}))
        return 1
    return 0


def explain(error: Exception) -> tuple[str, str]:
    """A code and a sentence for an error that is not one of ours."""
    words = str(error)
    if "out of memory" in words.lower() or "can't allocate" in words.lower():
        return "out_of_memory", "The device ran out of memory; a smaller image size or budget needs less."
    if isinstance(error, OSError) and error.errno == 28:
        return "disk_full", "The disk is full."
    if isinstance(error, ModuleNotFoundError):
        return "not_installed", f"The engine's package {error.name} is not installed here."
    return "internal", f"The engine failed unexpectedly ({type(error).__name__}: {words[:200]})."


def _keep_stdout_for_events() -> TextIO:
    """Libraries print to stdout; they get stderr, and events keep the real one."""
    real = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return real


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
