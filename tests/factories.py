"""Makes rows for tests: each function makes one thing, and what it needs."""

from __future__ import annotations

import io
import itertools
import uuid
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image as Pillow

from annotations.models import Box, LabelClass, LabelError, Suggestion, SuggestionBatch
from projects.models import Dataset, Image, Membership, Project, Role, User

PASSWORD = "correct-horse-battery"
_count = itertools.count(1)


def make_user(email: str = "", **fields: Any) -> User:
    return User.objects.create_user(email or f"user{next(_count)}@example.org", PASSWORD, **fields)


def make_project(owner: User | None = None, **fields: Any) -> Project:
    owner = owner or make_user()
    project = Project.objects.create(name=fields.pop("name", f"Project {next(_count)}"), created_by=owner, **fields)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    Dataset.objects.create(project=project, name="Images")
    return project


def make_member(project: Project, role: str, **fields: Any) -> User:
    user = make_user(**fields)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def make_class(project: Project, name: str = "", **fields: Any) -> LabelClass:
    fields.setdefault("color", "#3b82f6")
    return LabelClass.objects.create(project=project, name=name or f"class {next(_count)}", **fields)


def picture_bytes(
    width: int = 64, height: int = 48, *, seed: int = 0, kind: str = "JPEG", mode: str = "RGB", **save: Any
) -> bytes:
    """A small picture that differs with its seed."""
    image = Pillow.linear_gradient("L").resize((width, height)).rotate(seed * 7 % 360).convert(mode)
    image.putpixel(
        (0, 0), 0 if mode in {"L", "I;16", "I", "F", "1", "P"} else tuple([seed % 256] * len(image.getbands()))
    )
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def make_image(
    project: Project, *, dataset: Dataset | None = None, name: str = "", width: int = 64, height: int = 48
) -> Image:
    number = next(_count)
    dataset = dataset or project.datasets.first()
    data = picture_bytes(width, height, seed=number)
    image = Image(
        project=project, dataset=dataset, name=name or f"image{number}.jpg", sha256=f"{number:064x}",
        width=width, height=height, bytes=len(data),
    )  # fmt: skip
    image.file.save("original.jpg", ContentFile(data), save=False)
    image.thumb.save("thumb.jpg", ContentFile(data), save=False)
    image.save()
    return image


def make_box(
    image: Image, label: LabelClass, xyxy: tuple[float, float, float, float] = (4, 4, 24, 24), **fields: Any
) -> Box:
    box = Box(id=uuid.uuid4(), image=image, label=label, **fields)
    box.xyxy = xyxy
    box.save()
    return box


def make_batch(project: Project) -> SuggestionBatch:
    return SuggestionBatch.objects.create(project=project)


def make_label_error(
    kind: str, image: Image, label: LabelClass, *, box: Box | None = None, batch: SuggestionBatch | None = None,
    **fields: Any,
) -> LabelError:  # fmt: skip
    """Of a box as it is; where there is none, a missing one."""
    batch = batch or make_batch(image.project)
    error = LabelError(
        kind=kind, image=image, label=label, box=box and box.pk, batch=batch, **{"probability": 0.8} | fields
    )
    error.xyxy = box.xyxy if box else (30, 8, 50, 30)
    error.save()
    return error


def make_suggestion(
    image: Image,
    label: LabelClass,
    xyxy: tuple[float, float, float, float] = (8, 8, 30, 30),
    *,
    batch: SuggestionBatch | None = None,
    **fields: Any,
) -> Suggestion:
    fields = {"probability": 0.8, "score": 0.5, "source": "head"} | fields
    suggestion = Suggestion(image=image, label=label, batch=batch or make_batch(image.project), **fields)
    suggestion.xyxy = xyxy
    suggestion.save()
    return suggestion
