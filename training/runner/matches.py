"""What a search found, brought into the database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from training.models import Run
from training.runner.claims import Claim
from training.runner.jobfile import Prepared
from training.runner.merging import Arrival
from training.runner.results import BadResults, store_arrivals

SOURCE = "similar"
MOST = 200
DIGITS = 2  # of a pixel: what is kept of a match's edges


def store(claim: Claim, prepared: Prepared, tick: Callable[[], None]) -> None:
    """Ends a search as done: its matches in the run's own row, and within one image as suggestions that wait for a yes."""
    folder = prepared.path.parent
    matches, info = read(folder / "suggestions.json")
    run = claim.run
    result: dict[str, Any] = run.result | info | {"matches": matches}
    stored = 0
    if run.params["within"]:
        batch, left_out = store_arrivals(claim, _arrivals(run, matches), tick)
        stored = batch.suggestions.count()
        result = claim.run.result | result | {"counts": {"images": 1, "suggested": stored, "left_out": dict(left_out)}}
    claim.end(
        Run.State.DONE, [("done", {"suggested": stored, "matches": len(matches)})],
        result=result, percent=100.0, error_code="", error_text="",
    )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)


def read(path: Path) -> tuple[list[list[float]], dict[str, Any]]:
    """Matches as short rows [image, x1, y1, x2, y2, similarity], best first. Raises BadResults."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
        rows = [
            [int(row["image"]), *(round(float(edge), DIGITS) for edge in row["xyxy"]), float(row["similarity"])]
            for row in raw["matches"][:MOST]
        ]
        if any(len(row) != 6 for row in rows):
            raise ValueError("a match has not four edges")
        return rows, dict(raw.get("info", {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadResults(f"The engine's results cannot be read ({type(error).__name__}: {error}).") from error


def _arrivals(run: Run, matches: Sequence[Sequence[float]]) -> list[Arrival]:
    """As suggestions. How alike they are stands where others have a probability; their source says that it is none."""
    label = run.classes.first()
    if label is None:
        raise BadResults(gettext_noop("The class of this run was deleted."))
    return [
        Arrival(
            int(image), label.pk, (x1, y1, x2, y2), similarity, similarity, SOURCE, False, [evidence_of(run, similarity)]
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
