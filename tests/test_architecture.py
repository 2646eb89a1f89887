"""The arrows of the house, held: who may import whom, what never gets into the web process, and how long a file may be."""

import re
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
    apps = ("labelhub", "projects", "annotations", "training", "clients", "tests", "bench")
    return [path for app in apps for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_room_with_its_purpose_on_the_door(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST
    if text.strip() and path.name not in {"__init__.py", "apps.py"}:
        assert text.lstrip().startswith(('"""', "#!")), "a module opens with one sentence that says what it is for"


# --- what lies below names nothing above ------------------------------------------------------------------------------
ABOVE = {"projects": ("annotations", "training"), "annotations": ("training",)}
FRAME = ("partials/", "base.html", "admin/")
OWN = {"projects": ("projects/", "account/")}  # the pages of signing in have the names that allauth looks for
NAMES = re.compile(r"""(?:reverse|redirect|resolve_url)\(\s*["']([\w-]+)["']|{%\s*url\s+["']([\w-]+)["']""")
PARTS = re.compile(r"""{%\s*(?:include|extends)\s+["']([^"']+)["']""")
RENDERED = re.compile(r"""["']([\w/]+\.html)["']""")


def addresses_of(app):
    names = set()
    for path in (ROOT / app).rglob("*urls.py"):
        names |= set(re.findall(r"""name=f?["']([\w-]+)""", path.read_text(encoding="utf-8")))
    return names


def test_projects_names_no_page_of_the_apps_above():
    above = set().union(*(addresses_of(app) for app in ABOVE["projects"])) - addresses_of("projects")
    files = [*(ROOT / "projects").rglob("*.py"), *(ROOT / "templates" / "projects").rglob("*.html")]
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for match in NAMES.finditer(path.read_text(encoding="utf-8"))
        if (name := match[1] or match[2]) in above
    }
    assert found == set()


def test_templates_lie_with_who_renders_them():
    for app, above in {**ABOVE, "training": ()}.items():
        for path in (ROOT / app).rglob("*.py"):
            for name in RENDERED.findall(path.read_text(encoding="utf-8")):
                assert name.startswith(OWN.get(app, (f"{app}/",))), f"{path.relative_to(ROOT)} renders {name}"
        for path in (ROOT / "templates" / app).rglob("*.html"):
            for name in PARTS.findall(path.read_text(encoding="utf-8")):
                room = name.split("/")[0]
                assert name.startswith(FRAME) or room not in above, f"{path.relative_to(ROOT)} includes {name}"


def test_projects_says_no_word_of_the_apps_above():
    words = re.compile(r"\b(?:annotations|training)\.|[\"'](?:classes|boxes|suggestions|runs|models)(?:__\w+)?[\"']")
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "projects").rglob("*.py")
        if "migrations" not in path.parts
        for match in words.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()
