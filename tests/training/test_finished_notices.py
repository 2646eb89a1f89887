"""Who started a run, an import or an export hears of its end."""

from __future__ import annotations

import pytest

from annotations.exports.jobs import run_export
from annotations.models import Export
from projects.models import Notification, NotificationKind
from tests import factories
from tests.annotations.imports.made import imported, undone, yolo, zip_of
from tests.training.conftest import Bench
from training.models import Run
from training.runner.claims import announce_end


def listed() -> list[tuple[object, ...]]:
    return list(Notification.objects.order_by("id").values_list("person", "kind", "about", "failed"))


@pytest.mark.parametrize(
    ("kind", "state", "failed"),
    [
        ("autolabel", "done", False),
        ("detect", "failed", True),
        ("similar", "done", None),
        ("predict", "cancelled", None),
    ],
)
def test_a_run_ends(kind: str, state: str, failed: bool | None, bench: Bench) -> None:
    run = Run.objects.create(project=bench.project, number=7, kind=kind, state=state, created_by=bench.owner)
    announce_end(run)
    expected = [] if failed is None else [(bench.owner.pk, NotificationKind.RUN_FINISHED, "#7", failed)]
    assert listed() == expected


def test_an_import_ends(bench: Bench) -> None:
    job = imported(bench.project, "set.zip", zip_of(yolo()), bench.owner)
    undone(job, bench.owner)
    assert listed() == [(bench.owner.pk, NotificationKind.IMPORT_FINISHED, "set.zip", False)]


@pytest.mark.parametrize(("format", "failed"), [("coco", False), ("no-such-format", True)])
def test_an_export_ends(format: str, failed: bool, bench: Bench) -> None:
    choice = {"format": format, "unfinished": True}
    job = Export.objects.create(
        project=bench.project, choice=choice, key="x", name="cats.json",
        created_by=factories.make_member(bench.project, "viewer")
    )  # fmt: skip
    run_export(job.pk)
    assert listed() == [(job.created_by_id, NotificationKind.EXPORT_FINISHED, "cats.json", failed)]
