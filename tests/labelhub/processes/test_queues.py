"""Every queue has its workers, wherever LabelHub runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings

from labelhub.processes import supervisor
from training.models import Run

ROOT = Path(__file__).resolve().parents[3]


def commands(service: dict) -> list[str]:
    return service.get("command", ["python", "manage.py", "worker", "gpu"])  # the image's own


@pytest.mark.parametrize("queue", settings.QUEUES)
def test_compose_has_a_worker_of_each_queue_that_is_looked_after(queue: str) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    workers = [
        found for found in services.values() if found.get("stop_grace_period") and commands(found)[3:] == [queue]
    ]
    assert len(workers) == 1
    assert workers[0]["healthcheck"]["test"][-3:] == ["worker", queue, "--check"]
    assert workers[0]["image"] == ("labelhub-web" if queue == "default" else "labelhub-gpu")


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_every_run_has_a_queue_whose_worker_hands_it_back(kind: str) -> None:
    queue = Run(kind=kind).queue
    assert queue in settings.ENGINE_QUEUES
    assert supervisor.jobs(queue).grace == 0


def test_one_machine_needs_one_process_for_all_queues() -> None:
    child = supervisor.jobs(*settings.QUEUES)
    assert (child.command[-len(settings.QUEUES) :], child.beats) == (list(settings.QUEUES), settings.QUEUES)
    assert child.grace > 0  # an import may finish
