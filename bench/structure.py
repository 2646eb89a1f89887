"""The shape of the house in counts: `python bench/structure.py`, or `... --root DIR` for another checkout of it.

An arrow is an import from one file or folder of a room to another of the same room; a circle is a set of them that lead
back to each other.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import glossary  # noqa: E402
from bench.stray_numbers import strays  # noqa: E402

APPS = ("labelhub", "projects", "annotations", "training")
LONG_FILE, LONG_LINE = 300, 120
LONG_TAG = 160  # of a template's line: a tag of Django cannot be cut
SOURCES = ("*.py", "*.ts", "*.mjs", "*.css", "*.html")
# Generated.
LEFT_OUT = ("migrations/", "locale/", "package-lock.json")


def tracked(*patterns: str, root: Path = ROOT) -> list[str]:
    """Files of the repository, as paths below its root; without Git, those that lie there."""
    command = ["git", "-C", str(root), "ls-files", *patterns]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    lines = lines or [
        str(path.relative_to(root))
        for folder in (*APPS, "bench", "clients", "static/src", "static/tests", "templates", "tests")
        for pattern in patterns
        for path in (root / folder).rglob(pattern)
    ]
    return [line for line in lines if (root / line).exists() and not any(part in line for part in LEFT_OUT)]


def imports_of(path: Path, modules: frozenset[str]) -> set[str]:
    """The project's own modules that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & modules) or ({node.module} & modules)
    return found


def graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Module -> modules that it imports, over the four apps."""
    files = tracked("*.py", root=root)
    paths = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}
    own = {name: path for name, path in paths.items() if name.split(".")[0] in APPS}
    modules = frozenset(own)
    return {name: imports_of(root / path, modules) - {name} for name, path in own.items()}


def arrows(modules: dict[str, set[str]], room: str) -> set[tuple[str, str]]:
    """Imports between the children of a room: files and folders directly inside it."""
    depth = room.count(".") + 2
    pairs = set()
    for name, targets in modules.items():
        for target in targets:
            if name.startswith(f"{room}.") and target.startswith(f"{room}."):
                one, other = (".".join(module.split(".")[:depth]) for module in (name, target))
                if one != other:
                    pairs.add((one, other))
    return pairs


def circle(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """One circle among the arrows, or nothing."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for one, other in pairs:
        order.add(one, other)
    try:
        order.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def rooms(modules: dict[str, set[str]]) -> list[str]:
    """Every folder that holds more than one module."""
    folders = {name.rsplit(".", depth)[0] for name in modules for depth in range(1, name.count(".") + 1)}
    return sorted(room for room in folders if sum(name.startswith(f"{room}.") for name in modules) > 1)


def unread(root: Path = ROOT) -> list[str]:
    """Files of the apps that mypy does not read, migrations apart."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    left_out = [re.compile(one) for one in settings.get("exclude", [])]
    files = [path for path in tracked("*.py", root=root) if path.split("/")[0] in APPS]
    read = {path for path in files for one in settings["files"] if path == one or path.startswith(f"{one}/")}
    return [path for path in files if path not in read or any(pattern.search(path) for pattern in left_out)]


def lengths(root: Path = ROOT) -> tuple[dict[str, int], int, int]:
    """Files over LONG_FILE lines with their lines, code lines over LONG_LINE, and templates' lines over LONG_TAG."""
    files, lines_over, tags_over = {}, 0, 0
    for path in tracked(*SOURCES, root=root):
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if path.endswith(".html"):
            tags_over += sum(len(line) > LONG_TAG for line in lines)
        else:
            lines_over += sum(len(line) > LONG_LINE for line in lines)
        if len(lines) > LONG_FILE:
            files[path] = len(lines)
    return files, lines_over, tags_over


def stray_numbers(root: Path = ROOT) -> int:
    """Numbers of the engine that look tuned and lie outside of its tuning."""
    files = [path for path in tracked("training/engine/*.py", root=root) if "/tuning/" not in path]
    return sum(len(strays(root / path)) for path in files)


def old_words(root: Path = ROOT) -> int:
    """How often a file's names say a word that has another name now: once for each word and file."""
    return sum(len(glossary.remaining(path, root)) for path in tracked("*.py", "*.ts", root=root))


def main(arguments: list[str] | None = None) -> int:
    """Prints the counts; returns 1 where there is a circle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="a checkout of the repository; else this one")
    root: Path = parser.parse_args(arguments).root.resolve()
    modules = graph(root)
    circles = 0
    print(f"{'room':36} {'files':>5} {'arrows':>6}  circle")
    for room in rooms(modules):
        pairs = arrows(modules, room)
        found = circle(pairs)
        circles += bool(found)
        files = sum(name.startswith(f"{room}.") and name.count(".") == room.count(".") + 1 for name in modules)
        print(f"{room:36} {files:5} {len(pairs):6}  {' -> '.join(found) or '-'}")
    long_files, lines_over, tags_over = lengths(root)
    print(f"\nrooms with a circle: {circles}")
    print(f"numbers of the engine outside of tuning: {stray_numbers(root)}")
    print(f"files of the apps that mypy does not read: {len(unread(root))}")
    print(f"lines over {LONG_LINE} columns: {lines_over}; of templates over {LONG_TAG}: {tags_over}")
    print(f"words that have another name now, once for each file: {old_words(root)}")
    print(f"files over {LONG_FILE} lines: {len(long_files)}")
    for path, count in sorted(long_files.items(), key=lambda row: -row[1]):
        print(f"  {count:5} {path}")
    return 1 if circles else 0


if __name__ == "__main__":
    sys.exit(main())
