"""What a search found, brought into the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from training.models import Run
from training.protocol import events, results_file
from training.protocol import results as protocol
from training.protocol.errors import BadResults
from training.runner.claims import Claim
from training.runner.jobfile import PreparedJob
from training.runner.merging import Arrival
from training.runner.results import store_arrivals
from training.runner.similarity_floor import Floor, floor_of, known

SOURCE = "similar"
MOST = 200
DIGITS = 2  # of a pixel: what is kept of a match's edges


def store(claim: Claim, prepared: PreparedJob, tick: Callable[[], None]) -> None:
    """Ends a search as done: its matches in the run's own row, and within one image as suggestions that wait for a
    yes.
    """
    folder = prepared.path.parent
    matches, info = read(folder / protocol.FILE)
    run = claim.run
    result: dict[str, Any] = run.result | info
    stored = 0
    if not run.params["within"]:  # the engine has a limit of its own within one image
        floor = _floor(run, matches)
        matches = [row for row in matches if row[-1] >= floor.similarity]
        result |= {"floor": floor.similarity, "floor_measured": floor.measured}
    result["matches"] = matches
    if run.params["within"]:
        batch, left_out = store_arrivals(claim, _arrivals(run, matches), tick)
        stored = batch.suggestions.count()
        result = claim.run.result | result | {"counts": {"images": 1, "suggested": stored, "left_out": dict(left_out)}}
    claim.end(
        Run.State.DONE, [events.stored(events.End(sum(info["seconds"].values()), stored, matches=len(matches)))],
        result=result, percent=100.0, error_code="", error_text="",
    )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)


def read(path: Path) -> tuple[list[list[float]], dict[str, Any]]:
    """Matches as short rows [image, x1, y1, x2, y2, similarity], best first. Raises BadResults."""
    found = results_file.load_matches(path)
    rows = [
        [one["image"], *(round(edge, DIGITS) for edge in one["xyxy"]), one["similarity"]]
        for one in found["matches"][:MOST]
    ]
    return rows, dict(found["info"])


def _floor(run: Run, matches: Sequence[Sequence[float]]) -> Floor:
    label = run.classes.first()
    return floor_of(*known(label.pk, matches)) if label and run.params["xyxy"] else floor_of([], [])


def _arrivals(run: Run, matches: Sequence[Sequence[float]]) -> list[Arrival]:
    """As suggestions. How alike they are stands where others have a probability; their source says that it is none."""
    label = run.classes.first()
    if label is None:
        raise BadResults(gettext_noop("The class of this run was deleted."))
    return [
        Arrival(
            int(image), label.pk, (x1, y1, x2, y2), similarity, similarity, SOURCE, False,
            [evidence_of(run, similarity)]
        )
        for image, x1, y1, x2, y2, similarity in matches
    ]  # fmt: skip


def evidence_of(run: Run, similarity: float) -> dict[str, Any]:
    """Why a match is one: the box that was asked about."""
    params = run.params
    return {
        "box_id": params["box"], "image_id": params["image"], "xyxy": list(params["xyxy"] or ()),
        "similarity": similarity, "positive": True,
    }  # fmt: skip
