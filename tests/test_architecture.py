"""The arrows of the house, held: who imports whom, what never gets into the web process, who writes labels."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
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
def test_a_file_has_its_purpose_on_the_door(path):
    text = path.read_text(encoding="utf-8")
    if text.strip() and path.name not in {"__init__.py", "apps.py"}:
        assert text.lstrip().startswith(('"""', "#!")), "a module opens with one sentence that says what it is for"


def test_the_contract_says_what_its_values_hold():
    files = sorted((ROOT / "training" / "protocol").glob("*.py"))
    assert [path.name for path in files if "dict[str, Any]" in path.read_text(encoding="utf-8")] == []


# --- one writer -------------------------------------------------------------------------------------------------------
LABELS = {"Box", "Suggestion", "Complete"}
WRITES = {"update", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
WRITERS = {
    "annotations/unit_of_work.py",
    "annotations/review/actions.py",  # new suggestions of a run
    "annotations/imports/labels.py",  # new predictions of an import
}  # the bin and backups write rows of any model, by no model's name


def writes_labels(call):
    """Whether it is such as `Box.objects.filter(...).update(...)`, or `insert_rows(Box, ...)`."""
    if isinstance(call.func, ast.Name):
        return (
            call.func.id in ("insert_rows", "update_rows")
            and isinstance(call.args[0], ast.Name)
            and call.args[0].id in LABELS
        )
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    part = call.func
    while isinstance(part, ast.Attribute | ast.Call):
        part = part.value if isinstance(part, ast.Attribute) else part.func
    return isinstance(part, ast.Name) and part.id in LABELS


def test_the_unit_of_work_alone_writes_labels():
    found = set()
    for path in (
        path for app in ("labelhub", "projects", "annotations", "training") for path in (ROOT / app).rglob("*.py")
    ):
        calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        if "migrations" not in path.parts and any(map(writes_labels, calls)):
            found.add(str(path.relative_to(ROOT)))
    assert found == WRITERS


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
