"""`make test`'s Python part: all tests on SQLite, those of the database again on PostgreSQL where one answers, one
closing line.

What starts real processes (browser, workers) waits much and runs beside the rest, so that no core stands still. With
LABELHUB_TEST_ALL=1 (`.ci/run`) nothing may be left out; on a person's machine what is missing is named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

POSTGRES = os.environ.get("LABELHUB_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = "redis://127.0.0.1:6379/9"
WORKERS = os.environ.get("TEST_WORKERS", "2")
EVERYTHING = os.environ.get("LABELHUB_TEST_ALL", "") not in ("", "0")
# Heads fitted to a few small pictures gain nothing from a second thread; a second process uses the core wholly.
ONE_THREAD = {"LABELHUB_ENGINE_THREADS": "1", "OMP_NUM_THREADS": "1"}
# Ultralytics patches Pillow where it is imported, so the engine's tests have processes of their own, as the engine has.
WEB = ["--ignore=tests/training/engine", "-m"]
PARALLEL = ["-n", WORKERS, "--dist", "loadfile"]


def postgres_answers() -> bool:
    import psycopg

    try:
        with psycopg.connect(POSTGRES.replace("postgres://", "postgresql://"), connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def redis_answers() -> bool:
    import redis

    try:
        return bool(redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping())
    except redis.exceptions.RedisError:
        return False


def missing() -> Iterator[str]:
    """What is not here, and which tests need it."""
    if not postgres_answers():
        yield f"PostgreSQL (nothing answers at {POSTGRES}): the database's tests run on SQLite alone"
    if not redis_answers():
        yield f"Redis (nothing answers at {REDIS}): the test of live pages that it wakes"
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        yield "Chromium: the tests in a browser"


def run(
    title: str, arguments: list[str], *, shown_at_the_end: bool = False, **environment: str
) -> tuple[Counter[str], bool]:
    """One pytest session; its counts by outcome, and whether it went well.

    Two at a time: one of them speaks at its end.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "report.xml", Path(folder) / "log"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "-rs", *arguments]
        with log.open("wb") as held:
            if not shown_at_the_end:
                print(f"\n==> {title}", flush=True)
            output = {"stdout": held, "stderr": subprocess.STDOUT} if shown_at_the_end else {}
            code = subprocess.run(command, env=os.environ | environment, check=False, **output).returncode  # type: ignore[call-overload]
        if shown_at_the_end:
            print(f"\n==> {title}\n{log.read_text(errors='replace')}", flush=True)
        print(f"    {title}: {time.monotonic() - began:.0f} s", flush=True)
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
    absent = list(missing())
    if absent and EVERYTHING:
        print("FAILED: not here:", *absent, sep="\n  ", flush=True)
        return 1
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryDirectory(prefix="labelhub-test-cache-") as cache:
        processes = beside.submit(run, "Real processes and a browser", [*WEB, "alone", *extra], shown_at_the_end=True)
        sessions = [run("SQLite", [*PARALLEL, *WEB, "not alone", *extra])]
        lent = {"LABELHUB_TEST_CACHE": cache, **ONE_THREAD}
        sessions.append(run("Engine", [*PARALLEL, "tests/training/engine", "-m", "not alone", *extra], **lent))
        if not any(one.startswith("PostgreSQL") for one in absent):
            database = [*PARALLEL, *WEB, "not alone", "--database-only", *extra]
            sessions.append(run("PostgreSQL", database, DATABASE_URL=POSTGRES))
        sessions.append(processes.result())
    total: Counter[str] = sum((counts for counts, _ok in sessions), Counter())
    good = all(ok for _counts, ok in sessions) and total["passed"] > 0
    for one in absent:
        print(f"\nSKIPPED for want of {one}")
    print(f"\nAll sessions together, in {time.monotonic() - began:.0f} s:")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
