"""Stage: one suggestion per object, and the results file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.engine.class_model import serialization
from training.engine.class_model.objects import Object, Verification, objects_of
from training.engine.class_model.thresholds import state_of
from training.engine.core.arrays import sigmoid
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.dense import SOURCES
from training.engine.results import class_summary, plain
from training.engine.stages.propose import ClassProposals
from training.engine.storage.files import as_json
from training.engine.tuning.class_model import SuppressionSettings
from training.engine.vision.features import Features
from training.protocol.job import Job, JobImage
from training.protocol.results import (
    FILE,
    ClassFigures,
    Find,
    HeldOutIou,
    ImageResult,
    Info,
    Neighbour,
    Question,
    Suggestion,
)


@dataclass(frozen=True, slots=True)
class ImageSuggestions:
    """One image's suggestions, and what is none but can be looked for: the unlikely, and what a rival class beat."""

    suggestions: list[Suggestion]
    dropped: list[Find]

    def of_image(self, image_id: int) -> ImageResult:
        """As the results file has it, most probable first."""
        suggestions = sorted(self.suggestions, key=lambda one: -one["probability"])
        dropped = sorted(self.dropped, key=lambda one: -one["probability"])
        return {"id": image_id, "suggestions": suggestions, "dropped": dropped}


def write_images(
    job: Job, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification],
    settings: SuppressionSettings,
) -> int:  # fmt: skip
    """Begins the results file with all images, one by one, since all at once would fill the memory.

    Returns the suggestions' number.
    """
    total = 0
    with _part(job).open("w", encoding="utf-8") as file:
        file.write('{"images": [')
        for place, (image, objects) in enumerate(objects_of(job, verified, settings)):
            found = suggestions_of(image, objects, proposals, verified, settings)
            total += len(found.suggestions)
            file.write((", " if place else "") + as_json(found.of_image(image.id)))
    return total


def write_models(
    job: Job, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification], features: Features,
    made_with: dict[str, Any],
) -> None:  # fmt: skip
    """Each class's model with its final thresholds, as model/class-ID.npz and .json.

    made_with: weights and versions.
    """
    for class_id, one in proposals.items():
        about = {
            "name": job.classes[class_id], "seed": job.seed, "budget": job.budget,
            "detector": features.at(one.model.input_size).detector_key, "encoder": features.encoder_key,
            "second": features.by_second().detector_key if one.model.second else None,
            "boxes": sorted({int(number) for number in one.model.bank.entries.box_id if number >= 0}), **made_with,
        }  # fmt: skip
        model = verified[class_id].in_model(one.model)
        serialization.save(job.workdir / "model", class_id, model, about)


def finish(
    job: Job, proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification],
    questions: Sequence[Question], info: Info
) -> None:  # fmt: skip
    """Ends the results file with the classes' figures, what is asked and how they were made; only then it has its
    name.
    """
    figures = as_json(_figures(proposals, verified))
    with _part(job).open("a", encoding="utf-8") as file:
        file.write(f'], "classes": {figures}, "questions": {as_json(questions)}, "info": {as_json(info)}}}')
    os.replace(_part(job), job.workdir / FILE)


def _part(job: Job) -> Path:
    return job.workdir / f".{FILE}.part"


def _figures(proposals: Mapping[int, ClassProposals], verified: Mapping[int, Verification]) -> dict[str, ClassFigures]:
    out: dict[str, ClassFigures] = {}
    for class_id, one in verified.items():
        model = proposals[class_id].model
        gain = model.gain
        out[str(class_id)] = {
            **class_summary(one.measured, model.outliers, one.errors),
            "corrected": model.proposer.corrector is not None,
            "made_alike": model.keypoint_verifier is not None,
            "second_source": model.second is not None,
            "held_out_iou": None if gain is None else HeldOutIou(before=gain.before, after=gain.after),
        }
    return out


def suggestions_of(
    image: JobImage, objects: Sequence[Object], proposals: Mapping[int, ClassProposals],
    verified: Mapping[int, Verification], settings: SuppressionSettings,
) -> ImageSuggestions:  # fmt: skip
    """The suggestions of one image; none where people labelled the class already."""
    found = ImageSuggestions([], [])
    for one in objects:
        drawn = as_boxes([box.xyxy for box in image.boxes if box.class_id == one.class_id])
        if iou(one.xyxy[None], drawn).max(initial=0.0) >= settings.answered:
            continue
        mine = verified[one.class_id]
        state = state_of(one.probability, mine.measured.threshold_review, mine.measured.threshold_auto)
        find: Find = {
            "class_id": one.class_id, "xyxy": plain(one.xyxy), "probability": round(one.probability, 4),
            "source": SOURCES[one.source],
        }  # fmt: skip
        if state is not None and one.stands and not one.second:
            found.suggestions.append({
                **find, "score": round(float(sigmoid(one.head)), 4), "state": state,
                "neighbours": _neighbours(proposals[one.class_id], mine, one.row),
            })  # fmt: skip
        elif one.probability >= settings.dropped_from:
            found.dropped.append(find)
    return found


def _neighbours(proposals: ClassProposals, verified: Verification, row: int) -> list[Neighbour]:
    entries = proposals.model.bank.entries
    return [
        {
            "box_id": int(entries.box_id[index]) if entries.box_id[index] >= 0 else None,
            "image_id": int(entries.image_id[index]), "xyxy": plain(entries.xyxy[index]),
            "similarity": round(float(similarity), 4), "positive": bool(entries.positive[index]),
        }
        for index, similarity in zip(verified.neighbours[row], verified.similarity[row], strict=True)
        if index >= 0 and entries.image_id[index] >= 0  # a model from elsewhere has its images there
    ]  # fmt: skip
