"""Label Studio's own SDK talks to LabelHub: it lives in the environment of the consumers (`make consumers`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from annotations.models import LabelImport, Suggestion
from projects.people import tokens
from tests import factories
from tests.annotations.imports.made import boxes_of, step

SCRIPT = Path(__file__).with_name("sdk_script.py")
PYTHON = Path(sys.prefix) / "consumers" / "bin" / "python"


@pytest.mark.django_db(transaction=True)
def test_a_script_of_label_studio(live_server: LiveServer) -> None:
    if not PYTHON.exists():
        if os.environ.get("LABELHUB_TEST_ALL") == "1":
            pytest.fail(f"{PYTHON} is not here: `make consumers`")
        pytest.skip(f"{PYTHON} is not here: `make consumers`")
    project = factories.make_project()
    factories.make_class(project, "cat")
    image, other = (factories.make_image(project, name=f"{name}.jpg") for name in "ab")
    _row, token = tokens.create(project.created_by)

    def asked(verb: str) -> dict[str, Any]:
        call = [PYTHON, SCRIPT, verb, live_server.url, token, str(project.pk), str(other.pk)]
        answer = subprocess.run(call, capture_output=True, text=True, check=False, timeout=120)
        assert answer.returncode == 0, answer.stderr[-2000:]
        found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        return found

    assert asked("send") == {"tasks": 1, "annotations": 1, "score": 0.75, "task": other.pk}
    step(step(LabelImport.objects.get(name="tasks.json")))
    assert boxes_of(project) == [("a.jpg", "cat", (8, 6, 32, 24))]
    assert Suggestion.objects.get().image == other
    taken = asked("take")
    assert ([task["id"] for task in taken["tasks"]], taken["zip"]) == ([image.pk, other.pk], "PK")
