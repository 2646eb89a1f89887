"""A job from its file to its end: what goes wrong becomes an event."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from training.engine.events import Emitter
from training.protocol import job_file
from training.protocol.errors import EngineError
from training.protocol.events import Error
from training.protocol.job import Job
from training.protocol.stages import plan

Carry = Callable[[Job, bytes, Emitter], None]


def attempt(path: Path, emitter: Emitter, carry: Carry) -> bool:
    """Whether the job was done; else an error event says why not."""
    try:
        job = job_file.load(path)
        emitter.plan(plan(job))
        carry(job, path.read_bytes(), emitter)
    except EngineError as error:
        emitter.emit(Error(error.code, error.text, error.data))
    except MemoryError:
        emitter.emit(Error("out_of_memory", "The machine ran out of memory."))
    except Exception as error:
        traceback.print_exc()
        code, text = explain(error)
        emitter.emit(Error(code, text, {"type": type(error).__name__}))
    else:
        return True
    return False


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
