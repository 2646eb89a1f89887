"""What an outside model predicts in one image, as suggestions: each model of each person has an import that grows, so
that they are reviewed and undone as those of a file are.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.formats import LabelledImage
from annotations.formats.folders import Tree
from annotations.formats.label_studio_tasks import read_task, tasks_of
from annotations.formats.reading import Findings, Place
from annotations.imports import notices
from annotations.imports.choices import Choices
from annotations.imports.labels import Item, Labels
from annotations.imports.preview import class_like
from annotations.locking import lock_images
from annotations.models import ImportedImage, LabelImport, SuggestionBatch
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project, User
from projects.policies import Action

FILE = "prediction.json"
NOBODY = "Label Studio"  # the model's name where nobody says it


@transaction.atomic
def predict(actor: User, image: Image, prediction: dict[str, Any]) -> ImportedImage:
    """prediction: as Label Studio has it: result, score, model_version. Raises Refusal for results that are no boxes of
    the project's classes.
    """
    policies.require(actor, Action.LABEL, image.project)
    labelled = _read(image, prediction)
    choices = Choices(classes=_classes(image.project, labelled))
    lock_images([image.pk])  # before its import, in which an undo waits for them the other way round
    job = _growing(actor, image, str(prediction.get("model_version") or NOBODY))
    counts, problems = Labels(job, choices, choices.labels(image.project), False).write([Item(labelled, image.pk)])
    if problems:
        raise Refusal(notices.said(problems[0])["detail"], field="result")
    job.counts = dict(Counter(job.counts) + counts)
    job.save()
    return job.images.get(image=image)


def _read(image: Image, prediction: dict[str, Any]) -> LabelledImage:
    findings = Findings()
    (task,) = tasks_of(json.dumps({"data": {"image": image.name}, "predictions": [prediction]}), FILE)
    found = read_task(task, "result", Tree(None), lambda _name: (image.width, image.height), Place(FILE), findings)
    if findings.problems or found is None:
        raise Refusal(notices.said(notices.of_format(findings.problems[0]))["detail"], field="result")
    return found[0]


def _classes(project: Project, labelled: LabelledImage) -> dict[str, int | None]:
    known = list(project.classes.all())
    found: dict[str, int | None] = {}
    for name in dict.fromkeys(box.label for box in labelled.predictions):
        label = class_like(name, known)
        if label is None:
            raise Refusal(_("This project has no class “%(name)s”.") % {"name": name}, field="result")
        found[name] = label.pk
    return found


def _growing(actor: User, image: Image, model: str) -> LabelImport:
    """The person's import of this model's predictions that was sent one by one: it has no preview. One that was undone
    has ended, and the next prediction begins another.
    """
    model = model[:100]
    done = {"step": LabelImport.Step.STORE, "state": LabelImport.State.DONE}
    rows = LabelImport.objects.select_for_update(of=("self",)).select_related("project", "batch")
    same = {"project": image.project, "dataset": image.dataset, "created_by": actor, "name": model}
    if (found := rows.filter(**same, **done, preview={}, batch__model=model).first()) is not None:
        return found
    batch = SuggestionBatch.objects.create(project=image.project, created_by=actor, model=model)
    return LabelImport.objects.create(**same, **done, batch=batch)
