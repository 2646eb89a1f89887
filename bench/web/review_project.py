"""A project for the review page: real photos, some boxes drawn, and a run's suggestions whose truth is known."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from annotations.classes import actions as classes_actions
from annotations.geometry import XYXY
from annotations.models import Box, LabelClass, Suggestion, SuggestionBatch
from annotations.review import actions as review_actions
from projects import actions as projects_actions
from projects.images import uploads
from projects.models import Image, Project, User
from training.models import Run

EMAIL, PASSWORD = "reviewer@example.org", "correct-horse-battery"
DRAWN_ON = 3  # images with boxes of people: the shots


@dataclass(frozen=True, slots=True)
class SeededProject:
    project: Project
    run: Run
    right: dict[int, bool]  # of each suggestion, whether it is one


def seed(folder: Path, *, images: int = 40, seed: int = 7) -> SeededProject:
    """`folder`: pictures in images/ and COCO boxes in annotations.json."""
    rng = random.Random(seed)
    truth = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    owner = User.objects.create_user(EMAIL, PASSWORD, name="Reviewer")
    project = projects_actions.create_project(owner, name=folder.name)
    labels = {one["id"]: classes_actions.create_class(owner, project, name=one["name"]) for one in truth["categories"]}
    chosen = truth["images"][:images]
    for one in chosen:
        data = (folder / "images" / one["file_name"]).read_bytes()
        uploads.add_images(owner, project.datasets.get(), [SimpleUploadedFile(one["file_name"], data)])
    rows = {row.name: row for row in project.images.all()}
    places = {one["id"]: rows[one["file_name"]] for one in chosen if one["file_name"] in rows}
    drawn, asked = [], []
    shot_images = set(list(places)[:DRAWN_ON])
    for box in truth["annotations"]:
        if image := places.get(box["image_id"]):
            x, y, w, h = box["bbox"]
            entry = (image, labels[box["category_id"]], _inside((x, y, x + w, y + h), image))
            (drawn if box["image_id"] in shot_images else asked).append(entry)
    shots = [_shot(image, label, xyxy, owner) for image, label, xyxy in drawn]
    Box.objects.bulk_create(shots, batch_size=200)
    run, right = _run(owner, project, list(labels.values())), {}
    suggestions: list[tuple[Suggestion, bool]] = []
    for image, label, xyxy in asked:
        suggestions.append((_suggestion(run, image, label, xyxy, rng.betavariate(6, 1.2), shots, rng), True))
        if rng.random() < 0.35:
            side = xyxy[2] - xyxy[0]
            moved = _inside((xyxy[0] + side, xyxy[1] - side, xyxy[2] + side, xyxy[3] - side), image)
            suggestions.append((_suggestion(run, image, label, moved, rng.betavariate(1.5, 3), shots, rng), False))
    review_actions.store_suggestions(one for one, _right in suggestions)
    right = {one.pk: is_right for one, is_right in suggestions}
    return SeededProject(project, run, right)


def _inside(xyxy: XYXY, image: Image) -> XYXY:
    left, top = min(max(xyxy[0], 0), image.width - 9), min(max(xyxy[1], 0), image.height - 9)
    return left, top, min(max(xyxy[2], left + 8), image.width), min(max(xyxy[3], top + 8), image.height)


def _shot(image: Image, label: LabelClass, xyxy: XYXY, owner: User) -> Box:
    box = Box(id=uuid.uuid4(), image=image, label=label, author=owner)
    box.xyxy = xyxy
    return box


def _run(owner: User, project: Project, labels: list[LabelClass]) -> Run:
    now = timezone.now()
    batch = SuggestionBatch.objects.create(project=project, created_by=owner)
    run = Run.objects.create(
        project=project, number=1, kind=Run.Kind.AUTOLABEL, state=Run.State.DONE, batch=batch, created_by=owner,
        started_at=now, finished_at=now,
    )  # fmt: skip
    run.classes.set(labels)
    return run


def _suggestion(
    run: Run, image: Image, label: LabelClass, xyxy: XYXY, probability: float, shots: list[Box], rng: random.Random
) -> Suggestion:
    own = [shot for shot in shots if shot.label == label] or shots
    near = rng.sample(own, k=min(3, len(own)))
    evidence = [
        {
            "box_id": str(shot.pk),
            "image_id": shot.image_id,
            "xyxy": list(shot.xyxy),
            "similarity": 0.8,
            "positive": True,
        }
        for shot in near
    ]
    row = Suggestion(
        batch=run.batch, image=image, label=label, probability=probability, score=probability * 0.9, source="head",
        sure=probability > 0.97, evidence=evidence,
    )  # fmt: skip
    row.xyxy = xyxy
    return row
