"""The arrows of the house, held: who may import whom, what never gets into the web process, and how long a file may be."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 450  # "about 400"
HEAVY = ("torch", "torchvision", "ultralytics", "faiss", "cv2", "numpy")


def loaded_after(statement, *names):
    """Which of `names` a fresh interpreter has loaded after `statement`."""
    code = f"{statement}\nimport sys\nprint(*(name for name in {names!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_contracts_of_pyproject_are_kept(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True) == 0


def test_the_web_process_never_loads_the_engine():
    start = "import labelhub.asgi\nfrom django.urls import get_resolver\nget_resolver().url_patterns"
    assert loaded_after(start, "training.engine", *HEAVY) == []


def test_the_formats_are_pure():
    assert loaded_after("import annotations.formats.coco, annotations.formats.yolo", "django", "projects.models") == []


def test_the_engine_knows_nothing_of_the_rest():
    assert loaded_after("import training.engine", "django", "projects", "annotations", "labelhub") == []


def sources():
    apps = ("labelhub", "projects", "annotations", "training", "tests", "bench")
    return [path for app in apps for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_room_with_its_purpose_on_the_door(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST
    if text.strip() and path.name not in {"__init__.py", "apps.py"}:
        assert text.lstrip().startswith(('"""', "#!")), "a module opens with one sentence that says what it is for"
