"""More like this: what a search is asked, what of its matches is kept and shown, and boxes made of them."""

from __future__ import annotations

import json
import math
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotations import history
from annotations.actions import save_history
from annotations.classes import lock_images
from annotations.models import XYXY, Box, BoxHistory, LabelClass, Origin, Suggestion, SuggestionBatch
from projects import audit, policies
from projects.errors import Conflict, Refused
from projects.models import Image, Project, User
from projects.policies import Action
from training.merging import SAME, Arrival, Place, iou
from training.models import Run
from training.results import BadResults, store_arrivals
from training.runner.claims import Claim
from training.runner.jobfile import Prepared

SOURCE = "similar"
MOST = 200
DIGITS = 2  # of a pixel: what is kept of a match's edges


# --- asking -----------------------------------------------------------------------------------------------------------
def parse(project: Project, asked: Mapping[str, Any]) -> tuple[list[LabelClass], dict[str, Any]]:
    """`image` (id), and `box` (id of a box in it) or `xyxy` (a place in it) unless the image itself is to be compared.

    `within`: only in that image, leaving suggestions there; of the box's class, or of the one in `classes`.
    Raises Refused with the field's name.
    """
    image = project.images.filter(pk=asked["image"]).first() if isinstance(asked.get("image"), int) else None
    if image is None:
        raise Refused(_("Name an image of this project to compare with."), field="image")
    box = _box(image, asked["box"]) if asked.get("box") else None
    if asked.get("box") and box is None:
        raise Refused(_("This box is not in the image (any more)."), code="no_box", field="box")
    xyxy = box.xyxy if box else _place(asked.get("xyxy"), image)
    within = bool(asked.get("within"))
    wanted = asked.get("classes") or []
    labels = [box.label] if box and not wanted else list(project.classes.filter(pk__in=wanted[:1]))
    if within and (xyxy is None or not labels):
        raise Refused(_("Select a box to find more like it."), field="box")
    params = {"image": image.pk, "box": str(box.pk) if box else None, "xyxy": xyxy, "within": within}
    return labels, params | ({"images": [image.pk]} if within else {})


def _box(image: Image, asked: Any) -> Box | None:
    try:
        return image.boxes.select_related("label").filter(pk=uuid.UUID(str(asked))).first()
    except ValueError:  # no id at all
        return None


def _place(asked: Any, image: Image) -> XYXY | None:
    if asked is None:
        return None
    try:
        x1, y1, x2, y2 = (float(edge) for edge in asked)
    except (TypeError, ValueError):
        x1 = y1 = x2 = y2 = math.nan
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(image.width)), min(y2, float(image.height))
    if not (math.isfinite(x1 + y1 + x2 + y2) and x2 - x1 >= 1 and y2 - y1 >= 1):
        raise Refused(_("A box is four numbers: left,top,right,bottom."), field="xyxy")
    return x1, y1, x2, y2


# --- keeping ----------------------------------------------------------------------------------------------------------
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


# --- showing ----------------------------------------------------------------------------------------------------------
def rows(run: Run) -> list[dict[str, Any]]:
    """The matches whose images are still there, best first; `boxed`: classes that people drew there already. Two queries."""
    matches = run.result.get("matches", [])
    ids = {row[0] for row in matches}
    names = dict(Image.objects.filter(project=run.project_id, pk__in=ids).values_list("pk", "name")) if ids else {}
    drawn = boxes_by_image(ids)
    return [
        {
            "index": index,
            "image": {"id": image, "name": names[image]},
            "xyxy": xyxy,
            "similarity": similarity,
            "boxed": sorted({label for label, box in drawn.get(image, ()) if iou(tuple(xyxy), box) >= SAME}),
            "crop_url": crop_url(image, xyxy),
        }
        for index, (image, *xyxy, similarity) in enumerate(matches)
        if image in names
    ]


def boxes_by_image(images: set[int]) -> dict[int, list[tuple[int, XYXY]]]:
    """Class and corners of people's boxes, per image."""
    found: dict[int, list[tuple[int, XYXY]]] = {}
    rows = (
        Box.objects.filter(image__in=images).order_by("pk").values_list("image_id", "label_id", "x1", "y1", "x2", "y2")
    )
    for image, label, x1, y1, x2, y2 in rows if images else []:
        found.setdefault(image, []).append((label, (x1, y1, x2, y2)))
    return found


def crop_url(image: int, xyxy: Sequence[float]) -> str:
    """Where the picture of a place is."""
    return f"{reverse('file-image-crop', args=[image])}?{urlencode({'box': ','.join(f'{edge:g}' for edge in xyxy)})}"


# --- making boxes -----------------------------------------------------------------------------------------------------
@transaction.atomic
def add_boxes(actor: User, run: Run, items: Sequence[int], label_id: int) -> dict[str, Any]:
    """Makes boxes of a class of some matches; where one lies already nothing is added. Undoing the run takes all back as one.

    Each box comes of an accepted suggestion of source `similar`, so that its origin stays known. Raises Refused, Conflict.
    """
    policies.require(actor, Action.LABEL, run.project)
    if run.kind != Run.Kind.SIMILAR or run.state != Run.State.DONE:
        raise Conflict(_("This search has not ended yet."), code="live")
    label = run.project.classes.filter(pk=label_id).first()
    if label is None:
        raise Refused(_("This project has no class %(id)s.") % {"id": label_id}, field="class")
    matches = run.result.get("matches", [])
    if not items or any(not 0 <= item < len(matches) for item in items):
        raise Refused(_("Choose some of the places that were found."), field="items")
    run = Run.objects.select_for_update(of=("self",)).select_related("project", "batch").get(pk=run.pk)
    chosen = [matches[item] for item in sorted(set(items))]
    there = set(
        Image.objects.filter(project=run.project, pk__in={row[0] for row in chosen}).values_list("pk", flat=True)
    )
    taken: dict[Place, list[XYXY]] = {}
    for image, drawn in boxes_by_image(there).items():
        taken[image, label.pk] = [box for one, box in drawn if one == label.pk]
    made = []
    for image, x1, y1, x2, y2, similarity in chosen:
        xyxy, beside = (x1, y1, x2, y2), taken.setdefault((image, label.pk), [])
        if image in there and not any(iou(xyxy, other) >= SAME for other in beside):
            beside.append(xyxy)
            made.append(_suggested(run, image, label, xyxy, similarity))
    if made:
        _accept(actor, run, made)
    audit.record(actor, "run.boxes_added", run, project=run.project, run=run.pk, boxes=len(made), label=label.name)
    return {"added": len(made), "left_out": len(chosen) - len(made)}


def _suggested(run: Run, image: int, label: LabelClass, xyxy: XYXY, similarity: float) -> Suggestion:
    suggestion = Suggestion(
        image_id=image, label=label, probability=similarity, score=similarity, source=SOURCE,
        evidence=[evidence_of(run, similarity)] if run.params["xyxy"] else [], state=Suggestion.State.ACCEPTED,
    )  # fmt: skip
    suggestion.xyxy = xyxy
    return suggestion


def _accept(actor: User, run: Run, made: list[Suggestion]) -> None:
    images = lock_images({suggestion.image_id for suggestion in made})
    batch = run.batch or SuggestionBatch.objects.create(project=run.project, created_by=actor)
    if run.batch is None:
        run.batch = batch
        run.save(update_fields=["batch"])
    elif batch.withdrawn_at is not None:
        batch.withdrawn_at = None
        batch.save(update_fields=["withdrawn_at"])
    now = timezone.now()
    for suggestion in made:
        box = Box(
            id=uuid.uuid4(),
            image_id=suggestion.image_id,
            label=suggestion.label,
            author=actor,
            origin=Origin.SUGGESTION,
        )
        box.xyxy = suggestion.xyxy
        suggestion.batch, suggestion.box, suggestion.decided_by, suggestion.decided_at = batch, box, actor, now
    boxes = [suggestion.box for suggestion in made if suggestion.box]
    Box.objects.bulk_create(boxes)
    Suggestion.objects.bulk_create(made)
    rows = [history.of_box(actor, BoxHistory.Verb.ACCEPTED, images[box.image_id], box) for box in boxes]
    save_history(run.project_id, rows)
