"""The shape of the house in counts: arrows and circles of each room, long files, long lines: `python
bench/structure.py`.

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
APPS = ("labelhub", "projects", "annotations", "training")
LONG_FILE, LONG_LINE = 300, 120
LONG_TAG = 160  # of a template's line: a tag of Django cannot be cut
SOURCES = ("*.py", "*.ts", "*.mjs", "*.css", "*.html")
# Generated.
LEFT_OUT = ("migrations/", "locale/", "package-lock.json")


def tracked(*patterns: str) -> list[str]:
    """Files of the repository, as paths below its root."""
    out = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if (ROOT / line).exists() and not any(part in line for part in LEFT_OUT)]


def imports_of(path: str, modules: frozenset[str]) -> set[str]:
    """The project's own modules that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & modules) or ({node.module} & modules)
    return found


def graph() -> dict[str, set[str]]:
    """Module -> modules that it imports, over the four apps."""
    paths = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in tracked("*.py")}
    own = {name: path for name, path in paths.items() if name.split(".")[0] in APPS}
    modules = frozenset(own)
    return {name: imports_of(path, modules) - {name} for name, path in own.items()}


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


def unread() -> list[str]:
    """Files that mypy's settings leave out, beside migrations."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    patterns = [re.compile(one) for one in settings["exclude"]]
    return [path for path in tracked("*.py") if any(pattern.search(path) for pattern in patterns)]


def main(arguments: list[str] | None = None) -> int:
    """Prints the counts; returns 1 where there is a circle."""
    argparse.ArgumentParser(description=__doc__).parse_args(arguments)
    modules = graph()
    circles = 0
    print(f"{'room':36} {'files':>5} {'arrows':>6}  circle")
    for room in rooms(modules):
        pairs = arrows(modules, room)
        found = circle(pairs)
        circles += bool(found)
        files = sum(name.startswith(f"{room}.") and name.count(".") == room.count(".") + 1 for name in modules)
        print(f"{room:36} {files:5} {len(pairs):6}  {' -> '.join(found) or '-'}")
    long_files, long_lines = {}, 0
    for path in tracked(*SOURCES):
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        long_lines += sum(len(line) > LONG_LINE for line in lines) if not path.endswith(".html") else 0
        if len(lines) > LONG_FILE:
            long_files[path] = len(lines)
    print(f"\ncircles: {circles}")
    print(f"lines over {LONG_LINE} columns (Python, TypeScript, CSS): {long_lines}")
    print(f"files over {LONG_FILE} lines: {len(long_files)}")
    for path, count in sorted(long_files.items(), key=lambda row: -row[1]):
        print(f"  {count:5} {path}")
    print(f"files that mypy does not read, migrations apart: {len(unread())}")
    return 1 if circles else 0


if __name__ == "__main__":
    sys.exit(main())
