"""What people ask of a run, checked against their project: a sentence for every wish that cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from annotations.models import EXAMPLES, Box, LabelClass
from projects.errors import Refusal
from projects.models import Dataset, Project
from training import shots
from training.base_detectors import BASE_DETECTORS
from training.model_versions import stored
from training.models import ModelVersion, Run
from training.protocol.job import Augment, Detect, Train
from training.protocol.limits import AIMS, BUDGETS, EXPORT_FORMATS, MAX_EPOCHS, TRAIN_MODES
from training.runs import check_parameters, predict_parameters, search_parameters, warm_parameters
from training.scope import scope_images, trusted

COMMON = {"dataset", "images", "seed"}
FIELDS = {
    Run.Kind.AUTOLABEL: COMMON
    | {"classes", "augment", "epochs", "train", "budget", "aim", "from_scratch_ok", "keep_base", "base"},
    Run.Kind.DETECT: COMMON | {"detector", "model", "confidence", "class_map"},
    Run.Kind.SIMILAR: COMMON | {"image", "box", "xyxy", "within", "classes"},
    Run.Kind.PREDICT: COMMON | {"models", "new"},
    Run.Kind.EXPORT: {"model", "format"},
    Run.Kind.CHECK: COMMON | {"classes"},
}
AUGMENT: dict[str, Any] = asdict(Augment(rotate_deg=30))
TRAIN = Train()


@dataclass(frozen=True, slots=True)
class RunParameters:
    """A run as it will be stored: params hold plain values only, so that the worker needs nothing else."""

    classes: list[LabelClass]
    dataset: Dataset | None
    params: dict[str, Any] = field(default_factory=dict)


def parse(project: Project, kind: str, asked: Mapping[str, Any]) -> RunParameters:
    """Checks a wish. Raises Refusal with the field's name.

    autolabel: classes [ids], augment {rotate_deg, flip, brightness, noise}, epochs, train auto|always|never, budget
    fast|best, aim time|balanced|precision (what the review threshold serves), from_scratch_ok, keep_base, base (a
    detector to fine-tune). detect: detector (name) or model (id), confidence, class_map {detector's class name: class
    id}. similar: see search_parameters. predict: models [ids], one of a class each, and new: only images that were
    added after the newest of them was made. export: model (id of a trained detector) and format onnx|openvino. check:
    classes [ids], all where none are named. All others: dataset (id) or images [ids], else the whole project; seed.
    """
    if kind not in FIELDS:
        raise Refusal(_("A run is of kind autolabel, detect, similar, predict, export or check."), field="kind")
    for name, value in asked.items():
        if name not in FIELDS[Run.Kind(kind)] and value is not None:
            raise Refusal(_("A run of this kind takes no “%(name)s”.") % {"name": name}, field=name)
    if kind == Run.Kind.EXPORT:
        return RunParameters([], None, _export(project, asked))
    dataset, images = _scope(project, asked)
    chosen = (
        dataset.pk if dataset else None
    )  # kept when the dataset is deleted, so that nobody takes it for the project
    params: dict[str, Any] = {"images": images, "dataset": chosen, "seed": _whole(asked, "seed", 0, 0, 2**31 - 1)}
    if kind == Run.Kind.AUTOLABEL:
        classes = _classes(project, asked.get("classes"))
        _must_have_work(project, dataset, images, classes)
        params |= _autolabel(asked)
    elif kind == Run.Kind.CHECK:
        classes = check_parameters.classes_of(project, scope_images(project, dataset, images), asked.get("classes"))
    elif kind == Run.Kind.SIMILAR:
        classes, query = search_parameters.parse(project, asked)
        params |= query
    elif kind == Run.Kind.PREDICT:
        models = predict_parameters.models_of(
            project, [_id(pk, "models") for pk in _list(asked.get("models"), "models")]
        )
        classes = [model.label for model in models if model.label]
        if _flag(asked.get("new", False), "new"):
            params["images"] = predict_parameters.added_since(models, scope_images(project, dataset, images))
        params |= {"models": [model.pk for model in models]}
        count = scope_images(project, dataset, params["images"]).count()
        params["quick"] = count <= predict_parameters.QUICK
        _must_have_work(project, dataset, params["images"], classes)
    else:
        classes, detect = _detect(project, asked)
        params |= detect
    if warm_parameters.is_here(project, kind, params, classes):
        params["here"] = True
    return RunParameters(classes, dataset, params)


# --- where ------------------------------------------------------------------------------------------------------------


def _scope(project: Project, asked: Mapping[str, Any]) -> tuple[Dataset | None, list[int] | None]:
    dataset = None
    if asked.get("dataset") is not None:
        dataset = project.datasets.filter(pk=_id(asked["dataset"], "dataset")).first()
        if dataset is None:
            raise Refusal(_("This project has no such dataset."), field="dataset")
    images = asked.get("images")
    if images is not None:
        images = sorted({_id(pk, "images") for pk in _list(images, "images")})
        if project.images.filter(pk__in=images).count() != len(images):
            raise Refusal(_("Some of these images are not in this project."), field="images")
    if not scope_images(project, dataset, images).exists():
        if images or dataset or project.images.exists():
            words = _("These images are in the test split, where runs are measured and suggest nothing.")
            raise Refusal(words, code="test_split", field="images")
        raise Refusal(_("There are no images to label: upload some first."), code="no_images", field="images")
    return dataset, images


def _must_have_work(
    project: Project, dataset: Dataset | None, images: list[int] | None, classes: list[LabelClass]
) -> None:
    """An image that people called complete for every class of the run gets no suggestions."""
    done = Count("complete", filter=Q(complete__label__in=classes))
    open_images = scope_images(project, dataset, images).annotate(done=done).filter(done__lt=len(classes))
    if not open_images.exists():
        raise Refusal(_("Every image here is complete for this class already."), code="all_complete", field="images")


# --- which classes ----------------------------------------------------------------------------------------------------
def _classes(project: Project, asked: Any) -> list[LabelClass]:
    ids = {_id(pk, "classes") for pk in _list(asked, "classes")}
    found: list[LabelClass] = list(project.classes.filter(pk__in=ids))
    examples = Box.objects.filter(EXAMPLES, label__in=ids, image__in=trusted(project).order_by())
    examples = examples.exclude(pk__in=shots.left_out(ids).values("box"))
    drawn = set(examples.order_by().values_list("label_id", flat=True).distinct())
    if not ids or len(found) != len(ids):
        raise Refusal(_("Name one or more classes of this project."), field="classes")
    for label in found:
        if label.pk not in drawn:
            raise Refusal(
                _("“%(name)s” has no box yet: draw at least one, so that there is something to learn from.")
                % {"name": label.name},
                code="no_shots",
                field="classes",
            )
    return found


def _autolabel(asked: Mapping[str, Any]) -> dict[str, Any]:
    base = asked.get("base") or TRAIN.base
    if base not in BASE_DETECTORS:
        raise Refusal(_("There is no detector “%(name)s”.") % {"name": base}, field="base")
    return {
        "augment": _augment(asked.get("augment")),
        "epochs": _whole(asked, "epochs", TRAIN.epochs, 1, MAX_EPOCHS),
        "train": _one_of(asked, "train", TRAIN_MODES),
        "budget": _one_of(asked, "budget", BUDGETS),
        "aim": _one_of(asked, "aim", AIMS),
        "from_scratch_ok": _flag(asked.get("from_scratch_ok", TRAIN.from_scratch_ok), "from_scratch_ok"),
        "keep_base": _flag(asked.get("keep_base", TRAIN.keep_base), "keep_base"),
        "base": base,
    }


def _augment(asked: Any) -> dict[str, Any]:
    if asked is not None and not isinstance(asked, Mapping):
        raise Refusal(_("“augment” must be an object."), field="augment")
    wanted = AUGMENT | dict(asked or {})
    for name in wanted.keys() - AUGMENT.keys():
        raise Refusal(_("There is no augmentation “%(name)s”.") % {"name": name}, field=f"augment.{name}")
    return {
        "rotate_deg": _number(wanted["rotate_deg"], "augment.rotate_deg", 0, 180),
        "flip": _flag(wanted["flip"], "augment.flip"),
        "brightness": _number(wanted["brightness"], "augment.brightness", 0, 1),
        "noise": _flag(wanted["noise"], "augment.noise"),
    }


# --- which detector ---------------------------------------------------------------------------------------------------
def _detect(project: Project, asked: Mapping[str, Any]) -> tuple[list[LabelClass], dict[str, Any]]:
    name, model_id = asked.get("detector"), asked.get("model")
    if (name is None) == (model_id is None):
        raise Refusal(_("Choose either a base detector or a trained model."), field="detector")
    own: dict[str, int] = {}
    if name is not None:
        if name not in BASE_DETECTORS:
            raise Refusal(_("There is no detector “%(name)s”.") % {"name": name}, field="detector")
        names = list(BASE_DETECTORS[name].classes)
    else:
        model = _trained(project, model_id)
        names = [entry["name"] for entry in model.classes]
        own = {entry["name"]: entry["id"] for entry in model.classes}
    labels, mapping = _class_map(project, asked.get("class_map"), names, own)
    params = {
        "detector": name,
        "model": model_id,
        "confidence": _number(asked.get("confidence", Detect().conf), "confidence", 0.001, 1),
        "class_map": mapping,
    }
    return labels, params


def _trained(project: Project, pk: Any) -> ModelVersion:
    found = ModelVersion.objects.filter(project=project, kind=ModelVersion.Kind.DETECTOR, pk=_id(pk, "model")).first()
    if found is None:
        raise Refusal(_("This project has no such trained detector."), field="model")
    return found


def _export(project: Project, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A trained detector in either form, or the networks under a class model as ONNX."""
    form = _one_of(asked, "format", EXPORT_FORMATS)
    found = ModelVersion.objects.filter(project=project, pk=_id(asked.get("model"), "model")).first()
    if found is None:
        raise Refusal(_("This project has no such model."), field="model")
    if found.kind == ModelVersion.Kind.FEWSHOT:
        if reason := stored.why_not(found):
            words = {"name": str(found), "reason": reason}
            raise Refusal(_("“%(name)s” cannot run. %(reason)s") % words, code="bad_model", field="model")
        if form != EXPORT_FORMATS[0]:
            raise Refusal(_("The networks under a class model can be had as ONNX."), field="format")
    elif not found.file_name.endswith(".pt"):
        raise Refusal(_("This detector came as ONNX, and stays it."), field="model")
    return {"model": found.pk, "format": form}


def _class_map(
    project: Project, asked: Any, names: list[str], own: Mapping[str, int]
) -> tuple[list[LabelClass], dict[str, int]]:
    """What the detector's classes are called here; unasked, a class of the same name, or the one that it was trained
    on.
    """
    labels = {label.pk: label for label in project.classes.all()}
    if asked is None:
        by_name = {label.name.casefold(): label.pk for label in labels.values()}
        guesses = {name: own.get(name) or by_name.get(name.casefold()) for name in names}
        mapping = {name: pk for name, pk in guesses.items() if pk in labels}
    elif isinstance(asked, Mapping):
        mapping = {str(name): _id(pk, f"class_map.{name}") for name, pk in asked.items()}
    else:
        raise Refusal(_("“class_map” must be an object."), field="class_map")
    for name, pk in mapping.items():
        if name not in names:
            raise Refusal(_("This detector knows no “%(name)s”.") % {"name": name}, field=f"class_map.{name}")
        if pk not in labels:
            raise Refusal(_("This project has no such class."), field=f"class_map.{name}")
    if not mapping:
        raise Refusal(
            _("Say which of the detector's classes is which class of this project."),
            code="no_classes",
            field="class_map",
        )
    return [labels[pk] for pk in dict.fromkeys(mapping.values())], mapping


# --- plain values -----------------------------------------------------------------------------------------------------
def _list(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise Refusal(_("“%(name)s” must be a list.") % {"name": name}, field=name)
    return value


def _id(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(_("“%(name)s” must be a whole number.") % {"name": name}, field=name)
    return value


def _whole(asked: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = _id(asked.get(name, default), name)
    return int(_number(value, name, low, high))


def _number(value: Any, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Refusal(_("“%(name)s” must be a number.") % {"name": name}, field=name)
    if not low <= value <= high:
        words = {"name": name, "low": low, "high": high}
        raise Refusal(_("“%(name)s” must lie between %(low)s and %(high)s.") % words, field=name)
    return value


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise Refusal(_("“%(name)s” must be true or false.") % {"name": name}, field=name)
    return value


def _one_of(asked: Mapping[str, Any], name: str, choices: Sequence[str]) -> str:
    value = asked.get(name) or choices[0]
    if value not in choices:
        words = {"name": name, "choices": ", ".join(choices)}
        raise Refusal(_("“%(name)s” must be one of %(choices)s.") % words, field=name)
    return str(value)
