"""What exports cost: seconds of processor and peak memory of each format, streamed and by the worker's way.

    python bench/web/exports.py                      2,000 images x 5 boxes
    python bench/web/exports.py --images 50000 --boxes 10

Each format runs in a process of its own, which imports, exports once small, and then measures: what its memory grows by
is the export's. The database is a fresh SQLite one in a scratch folder.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
GOAL_CPU_S = 0.5  # of 2,000 images x 5 boxes


def setup() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings"
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("LABELHUB_LOG_LEVEL", "ERROR")
    import django

    django.setup()


def make(images: int, boxes: int) -> int:
    """A project whose boxes have long fractions, as people draw them; its number."""
    setup()
    import random

    from django.core.management import call_command

    from annotations.models import Box, LabelClass
    from projects.models import Dataset, Image, Project, User

    call_command("migrate", verbosity=0)
    rng = random.Random(0)
    owner = User.objects.create_user("bench@example.org")
    project = Project.objects.create(name=f"Bench {images}", created_by=owner)
    dataset = Dataset.objects.create(project=project, name="Images")
    labels = [LabelClass.objects.create(project=project, name=f"class {n}", color="#3b82f6") for n in range(5)]
    Image.objects.bulk_create(
        (
            Image(
                project=project, dataset=dataset, name=f"photo-{n:06}.jpg", sha256=f"{n:064x}", width=1280, height=720,
                bytes=1, file=f"images/{n}.jpg",
            )
            for n in range(images)
        ),
        batch_size=2000,
    )  # fmt: skip
    ids = list(Image.objects.filter(project=project).order_by("id").values_list("id", flat=True))
    Box.objects.bulk_create(
        (
            Box(
                image_id=pk, label=labels[n % 5], author=owner, x1=(x := rng.random() * 900),
                y1=(y := rng.random() * 500),
                x2=x + 10 + rng.random() * 300, y2=y + 10 + rng.random() * 200,
            )
            for pk in ids
            for n in range(boxes)
        ),
        batch_size=2000,
    )  # fmt: skip
    return project.pk


def measure(project: int, format: str) -> dict[str, Any]:
    setup()
    from annotations.exports.choice import ExportChoice
    from annotations.exports.export import export
    from annotations.exports.sources import source_of
    from projects.models import Project

    found = Project.objects.get(pk=project)

    def run(**narrow: Any) -> int:
        choice = ExportChoice(format, unfinished=True, **narrow)
        return sum(len(piece) for piece in export(source_of(found, choice), choice).chunks)

    run(state="empty")  # what the first export imports and compiles is not this one's
    rss = resident()
    cpu, clock = time.process_time(), time.perf_counter()
    size = run()
    return {
        "format": format,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - clock,
        "bytes": size,
        "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - rss,
    }


def resident() -> float:
    """MB now; the peak is at least that."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def child(data: str, *arguments: str) -> Any:
    environment = {**os.environ, "LABELHUB_DATA_DIR": data}
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--boxes", type=int, default=5, help="of each image")
    parser.add_argument("--only", default="", help="one format")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        print(json.dumps(make(args.images, args.boxes)))
        return 0
    if args.measure:
        print(json.dumps(measure(int(args.measure[0]), args.measure[1])))
        return 0
    from annotations.formats.table import FORMATS

    slow = []
    goal = GOAL_CPU_S * args.images / 2000
    with tempfile.TemporaryDirectory(prefix="labelhub-exports-") as data:
        project = child(data, "--make", "--images", str(args.images), "--boxes", str(args.boxes))
        print(f"{args.images} images, {args.images * args.boxes} boxes")
        print(f"{'':14} {'CPU':>8} {'clock':>8} {'file':>9} {'memory grew by':>16}")
        for format in [args.only] if args.only else FORMATS:
            row = child(data, "--measure", str(project), format)
            slow += [format] if row["cpu"] > goal else []
            print(
                f"{format:14} {row['cpu']:6.2f} s {row['wall']:6.2f} s {row['bytes'] / 2**20:6.1f} MB"
                f" {row['grown']:13.1f} MB",
                flush=True,
            )
    print(f"more than {goal:.1f} CPU s: {', '.join(slow) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
