"""`make test`'s Python part: all tests on SQLite, those of the database again on PostgreSQL where one answers, one closing line."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

POSTGRES = os.environ.get("LABELHUB_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
WORKERS = os.environ.get("TEST_WORKERS", "2")
# Heads fitted to a few small pictures gain nothing from a second thread; a second process uses the core wholly.
ONE_THREAD = {"LABELHUB_ENGINE_THREADS": "1", "OMP_NUM_THREADS": "1"}


def postgres_answers() -> bool:
    import psycopg

    try:
        with psycopg.connect(POSTGRES.replace("postgres://", "postgresql://"), connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def run(title: str, arguments: list[str], **environment: str) -> tuple[Counter[str], bool]:
    """One pytest session; its counts by outcome, and whether it went well."""
    print(f"\n==> {title}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "-rs", *arguments]
        code = subprocess.run(command, env=os.environ | environment, check=False).returncode
        counts: Counter[str] = Counter()
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):
                failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                counts += Counter(failed=failed, skipped=skipped, passed=int(suite.get("tests", 0)) - failed - skipped)
    return counts, code == 0


def main() -> int:
    began = time.monotonic()
    extra = sys.argv[1:]
    parallel = ["-n", WORKERS, "--dist", "loadfile"]
    # Ultralytics patches Pillow where it is imported, so the engine's tests have processes of their own, as the engine has.
    web = ["--ignore=tests/training/engine", "-m"]
    sessions = [run("SQLite", [*parallel, *web, "not alone", *extra])]
    with tempfile.TemporaryDirectory(prefix="labelhub-test-cache-") as cache:
        lent = {"LABELHUB_TEST_CACHE": cache, **ONE_THREAD}
        sessions.append(run("Engine", [*parallel, "tests/training/engine", "-m", "not alone", *extra], **lent))
    if postgres_answers():
        database = [*parallel, *web, "not alone", "--database-only", *extra]
        sessions.append(run("PostgreSQL", database, DATABASE_URL=POSTGRES))
    else:
        print(f"\nSKIPPED: the database's tests on PostgreSQL: nothing answers at {POSTGRES}")
    sessions.append(run("What needs the machine for itself (browser, processes)", [*web, "alone", *extra]))
    total: Counter[str] = sum((counts for counts, _ok in sessions), Counter())
    good = all(ok for _counts, ok in sessions) and total["passed"] > 0
    print(f"\nAll sessions together, in {time.monotonic() - began:.0f} s:")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
