"""LabelHub and Label Studio at the same work, on the same machine, one after the other: `make bench-api`.

    python -m bench.web.beside                                   all, and the report docs/bench/api.md
    python -m bench.web.beside --only labelhub-sqlite --images 200 --seconds 3

Each server runs from a folder and a database of its own, which go in the end, and is asked over HTTP as a script asks
it. Processor seconds are those of the server with its workers and its database; what runs beside changes them less than
the clock. What is told by the clock holds for a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from bench.web.beside import table  # noqa: E402
from bench.web.beside.label_studio import LabelStudio  # noqa: E402
from bench.web.beside.labelhub import LabelHub  # noqa: E402
from bench.web.beside.work import Figures, Size, measure  # noqa: E402

SERVERS = {
    "labelhub-sqlite": lambda folder: LabelHub(folder, "SQLite"),
    "labelhub-postgresql": lambda folder: LabelHub(folder, "PostgreSQL"),
    "label-studio": LabelStudio,
}
NAMES = {
    "labelhub-sqlite": "LabelHub, SQLite", "labelhub-postgresql": "LabelHub, PostgreSQL", "label-studio": "Label Studio"
}  # fmt: skip
REPORT = """\
# The API beside Label Studio
`make bench-api`, {day}, {cores} cores{load}. Label Studio {version} on SQLite, as `label-studio start` runs it;
LabelHub as `make run` starts it: one web process, its workers, and SQLite or PostgreSQL. All are asked over HTTP by one
program on the same machine, one after the other.

{rows}

Bold: the goal is missed. *Times better* is LabelHub on SQLite / on PostgreSQL beside Label Studio. CPU is processor
time of the server with its workers and its database, with what these do of themselves meanwhile. A busy machine makes
it larger too, up to four times where ten programs share two cores; what is told by the clock it changes far more. Only
ratios hold there.
"""


def one(key: str, size: Size) -> Figures:
    """Of one server, in this process: Django's settings are read once."""
    with tempfile.TemporaryDirectory(prefix="labelhub-beside-", ignore_cleanup_errors=True) as name:
        server = SERVERS[key](Path(name))
        try:
            return measure(server, size)
        finally:
            server.close()


def child(key: str, arguments: list[str]) -> Figures:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [sys.executable, "-m", "bench.web.beside", *arguments, "--only", key, "--out", out.name]
        subprocess.run(command, cwd=ROOT, check=True)
        found: Figures = json.loads(Path(out.name).read_text())
        return found


def report(found: dict[str, Figures]) -> str:
    return REPORT.format(
        day=date.today().isoformat(), cores=os.cpu_count(),
        load=f", load {os.getloadavg()[2]:.1f}" if os.getloadavg()[2] > 1.5 else "",
        version=label_studio_version(), rows=table.markdown(found, NAMES["label-studio"]),
    )  # fmt: skip


def label_studio_version() -> str:
    pinned = (Path(__file__).parent / "label_studio.txt").read_text().split("label-studio==")
    return pinned[-1].strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Size()
    parser.add_argument("--images", type=int, default=usual.images)
    parser.add_argument("--uploads", type=int, default=usual.uploads)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each figure with several clients")
    parser.add_argument("--only", choices=list(SERVERS))
    parser.add_argument("--out", type=Path, help="figures as JSON, of one server")
    parser.add_argument("--report", type=Path)
    asked = parser.parse_args()
    size = replace(usual, images=asked.images, uploads=asked.uploads, seconds=asked.seconds)
    if asked.only:
        figures = one(asked.only, size)
        if asked.out:
            asked.out.write_text(json.dumps(figures))
        else:
            print(table.markdown({NAMES[asked.only]: figures}, NAMES["label-studio"]))
        return
    arguments = ["--images", str(size.images), "--uploads", str(size.uploads), "--seconds", str(size.seconds)]
    found = {NAMES[key]: child(key, arguments) for key in SERVERS}
    text = report(found)
    print(text)
    print(f"missed: {', '.join(table.missed(found, NAMES['label-studio'])) or 'nothing'}")
    if asked.report:
        asked.report.write_text(text)


if __name__ == "__main__":
    main()
