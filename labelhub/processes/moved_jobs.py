"""Old dotted paths of queued jobs, which messages of the release before may still name.

To be deleted with the next release.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

MOVED = {
    "annotations.figures.recount": "annotations.statistics.recount",
    "projects.copies.catch_up": "projects.images.duplicates.catch_up",
    "projects.uploads.run_import": "projects.images.imports.run_import",
    "training.sample.fill": "training.demo.sample_project.fill",
}


def keep_old_paths() -> None:
    """Lets django-q find each old path, without loading what it leads to."""
    for old, new in MOVED.items():
        module, _, name = old.rpartition(".")
        package, _, leaf = module.rpartition(".")
        stub = sys.modules.setdefault(module, ModuleType(module))
        setattr(stub, name, _call(new))
        setattr(importlib.import_module(package), leaf, stub)


def _call(path: str) -> Any:
    module, _, name = path.rpartition(".")

    def job(*args: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **options)

    return job
