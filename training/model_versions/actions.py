"""Verbs on class models: which version is its class's, and models that go to other projects or come from elsewhere.

Each checks, acts in one transaction, writes the audit row.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import IO, Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotations.models import LabelClass
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Project, User
from projects.policies import Action
from training.model_versions import import_file as class_model_zip
from training.model_versions import import_onnx, queries
from training.models import ModelVersion, Promotion

NOT_TAKEN_ALONG = ("learned_from", "boxes")  # of details: they speak of boxes of the project that it was learned in


@transaction.atomic
def promote(actor: User, model: ModelVersion) -> None:
    """Makes a version the one of its class: what labels new images, from now on. Safe to call again."""
    policies.require(actor, Action.RUN, model.project)
    label = _label_of(model)
    if queries.current_model(label) == model and label.promotions.exists():
        return
    Promotion.objects.create(label=label, model=model, by=actor)
    audit.record(actor, "model.promoted", model, project=model.project, model=model.pk)


@transaction.atomic
def roll_back(actor: User, label: LabelClass) -> ModelVersion:
    """Goes back to the version that was made before a class's present one. Raises Conflict where there is none."""
    policies.require(actor, Action.RUN, label.project)
    before = queries.model_before(label)
    if before is None:
        raise Conflict(_("There is no earlier version to go back to."), code="no_earlier")
    Promotion.objects.create(label=label, model=before, by=actor)
    audit.record(actor, "model.rolled_back", before, project=label.project, model=before.pk)
    return before


def give(actor: User, model: ModelVersion, project: Project, *, label: LabelClass | None = None) -> ModelVersion:
    """Copies a model into another project of the actor's, where it says where it came from.

    label: the class that it is to find there; without one the class of the same name. Raises Refusal.
    """
    policies.require(actor, Action.READ, model.project)
    policies.require(actor, Action.RUN, project)
    if project.pk == model.project_id:
        raise Refusal(_("The model is in this project already."), field="project")
    origin = {"project": model.project.name, "name": model.name, "version": model.version, "sha256": model.sha256}
    if model.kind == ModelVersion.Kind.DETECTOR:
        by_name = {one.name.casefold(): one.pk for one in project.classes.all()}
        classes = [entry | {"id": by_name.get(entry["name"].casefold())} for entry in model.classes]
        copy = ModelVersion(name=model.name, classes=classes)
    else:
        copy = _of_class(project, model.name, label)
    copy.kind, copy.shots, copy.sha256, copy.bytes = model.kind, model.shots, model.sha256, model.bytes
    copy.metrics = _without_places(model.metrics)
    copy.details = {name: fact for name, fact in model.details.items() if name not in NOT_TAKEN_ALONG}
    copy.details["origin"] = model.origin or origin
    with model.file.open("rb") as file:
        _keep(actor, project, copy, File(file), "model.given", PurePath(model.file_name).suffix)
    return copy


def import_model(actor: User, project: Project, file: IO[bytes], *, label: LabelClass | None = None) -> ModelVersion:
    """A class model from the zip that another LabelHub offers as its download. Raises Refusal with what is wrong."""
    policies.require(actor, Action.RUN, project)
    found = class_model_zip.read(file)
    model = _of_class(project, found.name, label)
    model.kind, model.shots, model.metrics = ModelVersion.Kind.FEWSHOT, found.shots, _without_places(found.metrics)
    model.sha256, model.bytes, model.details = found.sha256, len(found.arrays), found.details
    _keep(actor, project, model, ContentFile(found.arrays), "model.imported", ".npz")
    return model


def import_file(
    actor: User, project: Project, file: UploadedFile[Any], *, label: LabelClass | None = None
) -> ModelVersion:
    """A model from a file, by its name: ONNX is a detector, else a class model's zip. Raises Refusal."""
    name = file.name or ""
    if name.lower().endswith(import_onnx.ENDING):
        return import_detector(actor, project, file, name)
    return import_model(actor, project, file, label=label)


def import_detector(actor: User, project: Project, file: IO[bytes], name: str) -> ModelVersion:
    """A detector from an ONNX file of this name. Raises Refusal with what is wrong."""
    policies.require(actor, Action.RUN, project)
    model, data = import_onnx.read(project, file, name)
    _keep(actor, project, model, ContentFile(data), "model.imported", import_onnx.ENDING)
    return model


def _of_class(project: Project, name: str, label: LabelClass | None) -> ModelVersion:
    if label is None:
        label = project.classes.filter(name__iexact=name).order_by("id").first()
    if label is None or label.project_id != project.pk:
        words = _("“%(project)s” has no class “%(name)s”: choose the class that the model is to find.")
        raise Refusal(words % {"project": project.name, "name": name}, code="no_class", field="class")
    return ModelVersion(name=label.name, label=label, classes=[{"id": label.pk, "name": label.name}])


def _keep(actor: User, project: Project, model: ModelVersion, file: File[bytes], verb: str, ending: str) -> None:
    model.project = project
    name = "class" if model.kind == ModelVersion.Kind.FEWSHOT else "detector"
    model.file.save(name + ending, file, save=False)
    try:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)  # two at once would take the same number
            others = ModelVersion.objects.filter(project=project, kind=model.kind, name=model.name)
            model.version = (others.aggregate(n=Max("version"))["n"] or 0) + 1
            model.save()
            audit.record(actor, verb, model, project=project, model=model.pk, origin=model.details["origin"])
    except BaseException:
        model.file.delete(save=False)
        raise


def _without_places(metrics: dict[str, Any]) -> dict[str, Any]:
    """Figures without what points at boxes and images of another project."""
    return metrics | {"outlier_box_ids": [], "worst": []} if metrics else {}


def _label_of(model: ModelVersion) -> LabelClass:
    if model.label is None:
        raise Refusal(
            _("Only a few-shot class model whose class is still there can be the one of its class."), code="no_class"
        )
    return model.label
