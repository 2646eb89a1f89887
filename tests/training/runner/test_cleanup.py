"""Folders of runs: kept while a retry is likely, removed when it is not; and the memory of a process group."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.training.conftest import Bench
from training.models import Run
from training.runner import cleanup, jobfile
from training.runner.memory import group_mb


@pytest.mark.parametrize(
    ("state", "days", "keep", "cleared"),
    [
        ("failed", 20, 14, True),
        ("cancelled", 20, 14, True),
        ("failed", 2, 14, False),
        ("failed", 20, 0, False),
        ("queued", 20, 14, False),
        ("gone", 20, 14, True),
    ],
)
def test_old_folders_go(
    state: str, days: int, keep: int, cleared: bool, bench: Bench, settings: object, tmp_path: Path
) -> None:
    settings.RUNS_DIR, settings.RUN_KEEP_DAYS = tmp_path, keep  # type: ignore[attr-defined]
    run = bench.start()
    folder = jobfile.workdir(run)
    folder.mkdir()
    old = timezone.now() - timedelta(days=days)
    os.utime(folder, (old.timestamp(), old.timestamp()))
    if state == "gone":
        run.delete()
    else:
        Run.objects.filter(pk=run.pk).update(state=state, finished_at=None if state == "queued" else old)
    assert cleanup.clear_runs() == cleared
    assert folder.exists() != cleared


@pytest.mark.parametrize("state", ["failed", "gone"])
def test_a_folder_whose_engine_lives_on_stays(state: str, bench: Bench, settings: object, tmp_path: Path) -> None:
    """An engine can outlive its worker: it holds the folder's lock, and writes there."""
    settings.RUNS_DIR = tmp_path  # type: ignore[attr-defined]
    run = bench.start()
    folder = jobfile.workdir(run)
    folder.mkdir()
    old = timezone.now() - timedelta(days=100)
    held = (
        "import fcntl,sys,time; file=open(sys.argv[1],'ab'); fcntl.flock(file,fcntl.LOCK_EX);"
        "print(1,flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", held, str(folder / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as engine:
        assert engine.stdout is not None
        engine.stdout.readline()
        os.utime(folder, (old.timestamp(), old.timestamp()))
        if state == "gone":
            run.delete()
        else:
            Run.objects.filter(pk=run.pk).update(state=state, finished_at=old)
        meanwhile = cleanup.clear_runs(), folder.exists()
        engine.kill()
    assert meanwhile == (0, True)
    assert (cleanup.clear_runs(), folder.exists()) == (1, False)


def test_what_is_no_folder_of_a_run_stays(bench: Bench, settings: object, tmp_path: Path) -> None:
    settings.RUNS_DIR = tmp_path  # type: ignore[attr-defined]
    (tmp_path / "notes").mkdir()
    os.utime(tmp_path / "notes", (0, 0))
    assert cleanup.clear_runs() == 0
    assert (tmp_path / "notes").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_memory_counts_the_whole_group() -> None:
    child = (
        "import subprocess,sys;subprocess.run([sys.executable,'-c','print(1,flush=True); import time; time.sleep(30)'])"
    )
    with subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        both = group_mb(process.pid)
        os.killpg(process.pid, 9)
    assert both is not None
    assert both > 10  # two interpreters


def test_without_proc_nothing_is_said(tmp_path: Path) -> None:
    assert group_mb(1, tmp_path) is None
