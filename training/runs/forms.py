"""The forms that start runs: they read what was typed into what training.runs.parameters checks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import LabelClass
from projects.errors import Refusal
from projects.forms import NamesField
from projects.models import Project
from training.base_detectors import BASE_DETECTORS
from training.models import ModelVersion
from training.protocol.limits import AIMS, BUDGETS, MAX_EPOCHS, TRAIN_MODES
from training.runs.parameters import AUGMENT, TRAIN

DEFAULT_DETECTOR = "yolo26n"


class ScopeForm(forms.Form):
    """What both kinds share: all images, or one dataset's."""

    dataset = forms.TypedChoiceField(coerce=int, required=False, empty_value=None, label=_("Look in"))

    def __init__(self, *args: Any, project: Project, datasets: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        choices: list[tuple[str, Any]] = [("", _("All images"))] + [
            (str(dataset.pk), f"{dataset.name} ({dataset.n})") for dataset in datasets
        ]
        self.fields["dataset"].choices = choices  # type: ignore[attr-defined]

    def refuse(self, error: Refusal) -> None:
        """Shows a refusal at the field that it names ("augment.rotate_deg" is ours "rotate_deg")."""
        head, _dot, tail = (error.field or "").partition(".")
        name = tail if tail in self.fields else head
        self.add_error(name if name in self.fields else None, error.detail)


class AutolabelForm(ScopeForm):
    classes = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose a class to look for.")})
    rotate_deg = forms.IntegerField(min_value=0, max_value=180, initial=AUGMENT["rotate_deg"])
    flip = forms.BooleanField(required=False, initial=True)
    brightness = forms.IntegerField(min_value=0, max_value=100, initial=round(100 * AUGMENT["brightness"]))
    noise = forms.BooleanField(required=False, initial=True)
    epochs = forms.IntegerField(min_value=1, max_value=MAX_EPOCHS, initial=TRAIN.epochs, label=_("Epochs"))
    train = forms.ChoiceField(choices=[(mode, mode) for mode in TRAIN_MODES], initial=TRAIN.mode)
    budget = forms.ChoiceField(choices=[(budget, budget) for budget in BUDGETS], initial=BUDGETS[0])
    aim = forms.ChoiceField(choices=[(aim, aim) for aim in AIMS], initial=AIMS[0], required=False)
    from_scratch_ok = forms.BooleanField(required=False)
    keep_base = forms.BooleanField(required=False)

    def __init__(self, *args: Any, labels: list[LabelClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classes"].choices = [(str(label.pk), label.name) for label in labels]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "classes": given["classes"],
            "dataset": given["dataset"],
            "augment": {
                "rotate_deg": given["rotate_deg"],
                "flip": given["flip"],
                "brightness": given["brightness"] / 100,
                "noise": given["noise"],
            },
            "epochs": given["epochs"],
            "train": given["train"],
            "budget": given["budget"],
            "aim": given["aim"],
            "from_scratch_ok": given["from_scratch_ok"],
            "keep_base": given["keep_base"],
        }


class CheckForm(ScopeForm):
    classes = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose a class to check.")})

    def __init__(self, *args: Any, labels: list[LabelClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classes"].choices = [(str(label.pk), label.name) for label in labels]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        return {"classes": self.cleaned_data["classes"], "dataset": self.cleaned_data["dataset"]}


class DetectForm(ScopeForm):
    """`source` is "base:NAME" or "model:ID"; map-ID holds the detector's names for class ID of the project."""

    source = forms.ChoiceField(label=_("Detector"), initial=f"base:{DEFAULT_DETECTOR}")
    confidence = forms.IntegerField(min_value=1, max_value=100, initial=25, label=_("Confidence"))

    def __init__(self, *args: Any, labels: list[LabelClass], models: list[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels = labels
        coco = {name for detector in BASE_DETECTORS.values() for name in detector.classes}
        known = coco | {entry["name"] for model in models for entry in model.classes}
        if models:
            self.fields["source"].initial = f"model:{models[0].pk}"
        first = {entry["name"] for entry in models[0].classes} if models else coco
        names = [f"base:{name}" for name in BASE_DETECTORS] + [f"model:{model.pk}" for model in models]
        self.fields["source"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        for label in labels:
            same = next((name for name in sorted(first) if name.casefold() == label.name.casefold()), "")
            field = NamesField(label=label.name, required=False, initial=same, placeholder=_("not looked for"))
            field.widget.attrs["list"] = "detector-classes"
            self.fields[self.name_of(label)] = field
        self.known = sorted(known)

    def refuse(self, error: Refusal) -> None:
        """A detector's class that it does not know is told at the field where it was written."""
        head, _dot, word = (error.field or "").partition(".")
        written = [
            self.name_of(label) for label in self.labels if word in self.cleaned_data.get(self.name_of(label), [])
        ]
        if head == "class_map" and written:
            self.add_error(written[0], error.detail)
        elif head in ("detector", "model"):
            self.add_error("source", error.detail)
        else:
            super().refuse(error)

    @staticmethod
    def name_of(label: LabelClass) -> str:
        return f"map-{label.pk}"

    def mapping(self) -> list[tuple[LabelClass, forms.BoundField]]:
        return [(label, self[self.name_of(label)]) for label in self.labels]

    def asked(self) -> dict[str, Any]:
        kind, _colon, name = self.cleaned_data["source"].partition(":")
        return {
            "detector": name if kind == "base" else None,
            "model": int(name) if kind == "model" else None,
            "dataset": self.cleaned_data["dataset"],
            "confidence": self.cleaned_data["confidence"] / 100,
            "class_map": {word: label.pk for label in self.labels for word in self.cleaned_data[self.name_of(label)]},
        }
