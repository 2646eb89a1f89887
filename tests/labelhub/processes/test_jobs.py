"""One process serves all queues of a machine: side by side, one job of each queue at a time, and it stops as it
should.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
MANAGE = [sys.executable, "manage.py"]
ASK = """
import django; django.setup()
from django_q.models import OrmQ, Task
import json
done = [*Task.objects.order_by("started").values_list("name", "success")]
print(json.dumps([OrmQ.objects.count(), done]))
"""
SEND = """
import sys, django; django.setup()
from django_q.tasks import async_task
for item in sys.argv[1:]:
    queue, name, seconds = item.split(":")
    async_task("tests.labelhub.processes.test_jobs.work", name, float(seconds), cluster=queue, task_name=name)
"""
BROKEN = """
import django; django.setup()
from django.utils import timezone
from django_q.models import OrmQ
OrmQ.objects.create(key="default", payload="not a message", lock=timezone.now())
"""


def work(name: str, seconds: float) -> None:
    """The job: writes when it began and ended. As a run does, it ends when it is asked to; any other is ended so."""
    path = Path(os.environ["LABELHUB_DATA_DIR"]) / f"{name}.job"
    if name.startswith("run"):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(path.with_suffix(".handed-back").write_text("")))
    path.write_text(f"{time.time()} {os.getpid()}")
    if name == "raises":
        raise ValueError("on purpose")
    time.sleep(seconds)
    path.with_suffix(".done").write_text(f"{time.time()}")


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        self.environment |= {"LABELHUB_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
        self.call(*MANAGE, "migrate", "-v0")

    def call(self, *command: str) -> str:
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        command = [*MANAGE, "jobs", "default", "search", "gpu"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def there(self, *names: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not all((self.folder / name).exists() for name in names):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def time_of(self, name: str) -> float:
        return float((self.folder / name).read_text().split()[0])

    def state(self) -> Any:
        return json.loads(self.call(sys.executable, "-c", ASK))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


@pytest.mark.alone
def test_queues_side_by_side_and_one_job_of_each_at_a_time(site: Site) -> None:
    jobs = ("gpu:training1:1.5", "gpu:training2:0", "search:search1:0", "default:raises:0", "default:import1:0")
    site.call(sys.executable, "-c", SEND, *jobs)
    site.call(sys.executable, "-c", BROKEN)
    site.start()
    site.there("training1.done", "training2.done", "search1.done", "import1.done", "raises.job")
    assert site.time_of("search1.job") < site.time_of("training1.done"), "a search waited for a training"
    assert site.time_of("training1.done") <= site.time_of("training2.job"), "two trainings at once"
    deadline = time.monotonic() + 20
    while (found := site.state())[0] > 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found[0] == 1, "only the job that failed stays, for its second attempt"
    assert dict(map(tuple, found[1])) == {
        "training1": True, "training2": True, "search1": True, "import1": True, "raises": False,
    }  # fmt: skip


@pytest.mark.alone
def test_a_stop_lets_an_import_finish_and_hands_a_run_back_at_once(site: Site) -> None:
    site.call(sys.executable, "-c", SEND, "gpu:run1:60", "default:import1:1.5", "default:import2:0", "search:run2:60")
    site.start()
    site.there("run1.job", "import1.job", "run2.job")
    site.process.terminate()
    asked = time.time()
    site.process.wait(10)
    site.there("run1.handed-back", "run2.handed-back", "import1.done")
    assert not (site.folder / "import2.job").exists(), "nothing new is begun"
    assert time.time() - asked < 6


@pytest.mark.alone
def test_after_kill_9_no_job_lives_on(site: Site) -> None:
    site.call(sys.executable, "-c", SEND, "default:import1:60", "gpu:run1:60")
    site.start()
    site.there("import1.job", "run1.job")
    pids = [int((site.folder / name).read_text().split()[1]) for name in ("import1.job", "run1.job")]
    site.process.kill()
    site.process.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    site.there("run1.handed-back")
