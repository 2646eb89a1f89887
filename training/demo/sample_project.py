"""The sample project: pictures that the worker renders, a few boxes drawn already; a newcomer sees the rest found
within minutes.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from annotations.boxes import actions as boxes
from annotations.classes.actions import create_class
from annotations.geometry import XYXY
from annotations.models import LabelClass
from projects import audit
from projects.actions import create_project
from projects.images import uploads
from projects.models import Dataset, Import, Project, User
from training.demo import scenes

JOB = "training.demo.sample_project.fill"
PICTURES, AT_ONCE = 24, 4
DRAWN = 8  # boxes, on as many whole pictures as they take
SEED = 141  # its first five pictures hold nine


@transaction.atomic
def create_sample(actor: User) -> Project:
    """A project of the actor's with a class; an Import stands for its pictures until the worker has rendered them."""
    project = create_project(
        actor,
        name=_("Sample: mushrooms"),
        description=_("Rendered pictures of fly agarics, and of what looks like them. A few are boxed already."),
    )
    create_class(actor, project, name=_("fly agaric"), color="#e11d48")
    # It stays queued until it is done: an import at work without a zip would look like one whose worker died.
    job = Import.objects.create(
        dataset=project.datasets.get(), name=_("Sample pictures"), created_by=actor, total=PICTURES
    )
    audit.record(actor, "sample.created", project, project=project)
    transaction.on_commit(lambda: async_task(JOB, job.pk, task_name=f"sample {job.pk}"))
    return project


def fill(import_id: int) -> None:
    """The worker's part: picture by picture, the boxes of the first ones with them.

    A second delivery goes on where a first ended.
    """
    job = Import.objects.select_related("dataset__project", "created_by").filter(pk=import_id).first()
    if job is None or job.created_by is None or job.state != Import.State.QUEUED:
        return
    label = job.dataset.project.classes.order_by("id").first()
    drawn = 0
    for first in range(job.done, PICTURES, AT_ONCE):
        rendered = {f"mushrooms-{n + 1:02d}.jpg": scenes.render(SEED + n) for n in range(first, first + AT_ONCE)}
        with transaction.atomic():
            uploads.add_images(job.created_by, job.dataset, [_file(name, scene) for name, scene in rendered.items()])
            for name, scene in rendered.items():
                if label is not None and drawn < DRAWN:
                    _draw(job.created_by, job.dataset, name, label, scene.boxes)
                drawn += len(scene.boxes)
            job.done = job.added = first + AT_ONCE
            job.save(update_fields=["done", "added", "updated_at"])
    Import.objects.filter(pk=job.pk).update(state=Import.State.DONE, updated_at=timezone.now())


def _file(name: str, scene: scenes.Scene) -> SimpleUploadedFile:
    data = io.BytesIO()
    scene.image.save(data, "JPEG", quality=88)
    return SimpleUploadedFile(name, data.getvalue())


def _draw(actor: User, dataset: Dataset, name: str, label: LabelClass, truth: Sequence[XYXY]) -> None:
    """A whole picture as a person would label it: every box, and the word that there are no more."""
    image = dataset.images.filter(name=name).first()
    if image is None:
        return
    changes = [{"op": "create", "id": str(uuid.uuid4()), "class": label.pk, "xyxy": list(box)} for box in truth]
    changes.append({"op": "complete", "class": label.pk, "value": True})
    boxes.apply_changes(actor, image, seen=image.version, changes=changes)
