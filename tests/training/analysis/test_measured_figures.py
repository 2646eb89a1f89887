"""What was measured on the test split: kept with the run and its models, and shown on their pages and beside another
run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.training.conftest import Bench
from training import jobs
from training.models import ModelVersion, Run
from training.protocol import measured
from training.protocol.errors import BadResults
from training.runner import jobfile, results
from training.runner.claims import Claim


def row(**more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(measured.Row.__required_keys__)
    sizes = {"images": 12, "boxes": 30, "small": 0, "medium": 20, "large": 10, "suggested": 28}
    shares = {"precision_low": 0.7, "precision_high": 0.95, "recall_low": 0.6, "recall_high": 0.9}
    return {**empty, **sizes, **shares, "ap": 0.61, "ap50": 0.82, "recall": 0.77, "precision": 0.86, **more}


def figures(bench: Bench, truth: str = "a1", **more: Any) -> dict[str, Any]:
    own = row(id=bench.label.pk, name="mushroom", base=False, **more)
    known = row(id=None, name="person", base=True, images=2, boxes=3)
    several = {"combined": row(), "base": row(boxes=3, images=2), "novel": row(**more), "classes": [own, known]}
    return {
        "truth": truth,
        "images": 12,
        "seconds": 3.5,
        "models": {"combined": row(), "classes": [own]},
        "detector": several,
    }


def stored(bench: Bench, engine: Callable[[str], None], found: dict[str, Any]) -> Run:
    """A run of the stand-in engine, which measured this."""
    engine("ok")
    run = bench.start(train="always", keep_base=True)
    claim = Claim.take(run.pk)
    assert claim is not None
    prepared = jobfile.prepare(claim.run, lambda: None)
    import subprocess
    import sys

    from tests.training.conftest import STANDIN

    subprocess.run([sys.executable, STANDIN, "ok", prepared.path], check=True, capture_output=True)
    (prepared.path.parent / measured.FILE).write_text(json.dumps(found), encoding="utf-8")
    results.store(claim, prepared, None, lambda: None)
    run.refresh_from_db()
    return run


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_it_is_kept_with_the_run_and_its_models(bench: Bench, engine: Callable[[str], None]) -> None:
    run = stored(bench, engine, figures(bench))
    assert run.result["test"]["truth"] == "a1"
    assert run.result["seconds"]["measure"] == 3.5
    kept = {model.kind: model.metrics["test"] for model in ModelVersion.objects.all()}
    assert {kind: one["run"] for kind, one in kept.items()} == {"fewshot": run.number, "detector": run.number}
    assert kept["fewshot"]["combined"]["ap50"] == 0.82
    assert [one["name"] for one in kept["detector"]["classes"]] == ["mushroom", "person"]


def test_the_newest_figures_of_a_version_count(bench: Bench, engine: Callable[[str], None]) -> None:
    stored(bench, engine, figures(bench))
    later = stored(bench, engine, figures(bench, ap50=0.9))
    model = ModelVersion.objects.get(kind=ModelVersion.Kind.FEWSHOT)  # it learned from the same
    assert (model.metrics["test"]["run"], model.metrics["test"]["combined"]["ap50"]) == (later.number, 0.9)


def test_figures_that_are_no_numbers_are_refused(bench: Bench, engine: Callable[[str], None]) -> None:
    with pytest.raises(BadResults):
        stored(bench, engine, figures(bench, ap50="good"))


def test_the_pages_show_them(bench: Bench, engine: Callable[[str], None], client: Any) -> None:
    run = stored(bench, engine, figures(bench))
    client.force_login(bench.owner)
    shown = text(client.get(reverse("run", args=[run.pk])))
    for words in (
        "Class models",
        "Detector",
        "Base classes",
        "Novel classes",
        "All classes",
        "61%",
        "82%",
        "60% – 90%",
    ):
        assert words in shown
    assert shown.count("Not measurable yet") == 2  # base classes together, and person
    for model in ModelVersion.objects.all():
        assert f"run #{run.number}" in text(client.get(reverse("model", args=[model.pk])))


@pytest.mark.parametrize("truth", ["a1", "b2"])
def test_two_runs_side_by_side(truth: str, bench: Bench, engine: Callable[[str], None], client: Any) -> None:
    first, second = stored(bench, engine, figures(bench)), stored(bench, engine, figures(bench, truth, ap50=0.9))
    client.force_login(bench.owner)
    answer = client.get(reverse("run-compare", args=[bench.project.pk]), {"a": first.pk, "b": second.pk})
    shown = text(answer)
    assert "82% → 90% +8" in shown
    assert ("The test split changed" in shown) == (truth == "b2")


def test_a_run_without_a_test_split_shows_nothing_of_it(
    bench: Bench, engine: Callable[[str], None], client: Any
) -> None:
    engine("ok")
    run = bench.start()
    jobs.execute_run(run.pk)
    client.force_login(bench.owner)
    assert "On the test split" not in text(client.get(reverse("run", args=[run.pk])))
