"""Stage: one suggestion per object, and the results file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.engine import runtime
from training.engine.class_model import serialization
from training.engine.class_model.objects import FINDABLE, ClassProposals, Object, Verification, objects_of
from training.engine.class_model.thresholds import state_of
from training.engine.core.arrays import sigmoid
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.dense import SOURCES
from training.engine.results import _plain, class_summary
from training.engine.run import Run
from training.engine.storage.files import Arrays, as_json
from training.protocol.events import Suggestions
from training.protocol.job import JobImage
from training.protocol.results import FILE, ClassFigures, Find, HeldOutIou, ImageResult, Info, Neighbour, Suggestion
from training.protocol.stages import SUGGEST


@dataclass(frozen=True, slots=True)
class ImageSuggestions:
    """What an image is told: suggestions, and what is none but can be looked for: the unlikely, and what a rival beat."""

    suggestions: list[Suggestion]
    dropped: list[Find]

    def of_image(self, image_id: int) -> ImageResult:
        """As the results file has it, most probable first."""
        suggestions = sorted(self.suggestions, key=lambda one: -one["probability"])
        dropped = sorted(self.dropped, key=lambda one: -one["probability"])
        return {"id": image_id, "suggestions": suggestions, "dropped": dropped}


def suggest(run: Run, proposals: dict[int, ClassProposals], verified: dict[int, Verification]) -> None:
    """Writes suggestions.json and each class's model. Images go into the file one by one: all at once would fill the memory."""
    job = run.job
    results, part = job.workdir / FILE, job.workdir / f".{FILE}.part"
    if not (results.is_file() and run.store.load(SUGGEST.name)):
        run.store.drop(SUGGEST.name)
        results.unlink(missing_ok=True)

    def work() -> tuple[Any, Arrays]:
        total = 0
        with part.open("w", encoding="utf-8") as file:
            file.write('{"images": [')
            for place, (image, objects) in enumerate(objects_of(job, proposals, verified)):
                found = _image_suggestions(image, objects, verified)
                total += len(found.suggestions)
                file.write((", " if place else "") + as_json(found.of_image(image.id)))
        for class_id, item in proposals.items():
            about = {
                "name": job.classes[class_id], "seed": job.seed, "budget": job.budget,
                "detector": run.features.at(item.side).detector_key, "encoder": run.features.encoder_key,
                "weights": run.weight_store.used(), "versions": runtime.versions(),
            }  # fmt: skip
            serialization.save(job.workdir / "model", class_id, item.proposer, verified[class_id].model, about)
        run.emitter.log("suggested", f"{total} suggestions in {len(job.targets)} images.", suggestions=total)
        return {"suggestions": total}, {}

    _ = run.features
    made, _arrays = run.stage(SUGGEST.name, work)
    if not results.is_file():
        with part.open("a", encoding="utf-8") as file:
            file.write(f'], "classes": {as_json(_classes(proposals, verified))}, "info": {as_json(_info(run))}}}')
        os.replace(part, results)
    run.emitter.emit(Suggestions(made["suggestions"], len(job.targets), round(sum(run.seconds.values()), 3)))


def _classes(proposals: dict[int, ClassProposals], verified: dict[int, Verification]) -> dict[str, ClassFigures]:
    return {
        str(class_id): {
            **class_summary(one.model.measured, one.model.outliers, one.model.errors),
            "corrected": proposals[class_id].proposer.corrector is not None,
            "made_alike": one.model.keypoint_verifier is not None,
            "held_out_iou": HeldOutIou(before=gain.before, after=gain.after)
            if (gain := proposals[class_id].gain)
            else None,
        }
        for class_id, one in verified.items()
    }


def _info(run: Run) -> Info:
    return {
        "seconds": run.seconds, "versions": runtime.versions(), "weights": run.weight_store.used(),
        "device": runtime.device_words(run.device), "seed": run.job.seed, "budget": run.job.budget,
    }  # fmt: skip


def _image_suggestions(
    image: JobImage, objects: Sequence[Object], verified: dict[int, Verification]
) -> ImageSuggestions:
    """The suggestions of one image; none where people already spoke of the class."""
    found = ImageSuggestions([], [])
    for one in objects:
        drawn = as_boxes([box.xyxy for box in image.boxes if box.class_id == one.class_id])
        if iou(one.xyxy[None], drawn).max(initial=0.0) >= 0.5:
            continue
        mine = verified[one.class_id]
        measured = mine.model.measured
        state = state_of(one.probability, measured.threshold_review, measured.threshold_auto)
        plain: Find = {"class_id": one.class_id, "xyxy": _plain(one.xyxy), "probability": round(one.probability, 4)}
        if state is not None and one.stands:
            found.suggestions.append({
                **plain, "score": round(float(sigmoid(one.head)), 4), "source": SOURCES[one.source],
                "state": state, "neighbours": _neighbours(mine, one.row),
            })  # fmt: skip
        elif one.probability >= FINDABLE:
            found.dropped.append(plain)
    return found


def _neighbours(verified: Verification, row: int) -> list[Neighbour]:
    entries = verified.model.bank.entries
    return [
        {
            "box_id": int(entries.box_id[index]) if entries.box_id[index] >= 0 else None,
            "image_id": int(entries.image_id[index]), "xyxy": _plain(entries.xyxy[index]),
            "similarity": round(float(similarity), 4), "positive": bool(entries.positive[index]),
        }
        for index, similarity in zip(verified.neighbours[row], verified.similarity[row], strict=True)
        if index >= 0
    ]  # fmt: skip
