"""Runs, their events, and the model versions that come of them."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Any, ClassVar

from django.db import models
from django.db.models import ManyToManyField, TextChoices
from django.utils.translation import gettext_lazy as _

from annotations.models import Box, DatasetVersion, LabelClass, SuggestionBatch
from projects.models import Dataset, Image, Project, User


class Run(models.Model):
    """One piece of engine work.

    A worker holds it by a lease that it keeps renewing; a run whose lease ran out is taken up again.
    """

    class Kind(TextChoices):
        AUTOLABEL = "autolabel", _("Auto-label")
        DETECT = "detect", _("Detect")
        SIMILAR = "similar", _("More like this")
        PREDICT = "predict", _("Label with a model")
        EXPORT = "export", _("Convert a model")
        CHECK = "check", _("Check labels")

    class State(TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        CANCELLING = "cancelling", _("Cancelling")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    LIVE = (State.QUEUED, State.RUNNING, State.CANCELLING)
    MAX_ATTEMPTS = 3  # the first, and twice more after a worker died

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs", verbose_name=_("project"))
    number = models.PositiveIntegerField(_("number"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    classes: ManyToManyField[LabelClass, Any] = models.ManyToManyField(
        LabelClass, related_name="runs", verbose_name=_("classes")
    )
    dataset = models.ForeignKey(
        Dataset, models.SET_NULL, null=True, blank=True, related_name="runs", verbose_name=_("dataset")
    )
    params = models.JSONField(_("settings"), default=dict)
    dataset_version = models.ForeignKey(
        DatasetVersion, models.SET_NULL, null=True, related_name="+", verbose_name=_("labels learned from")
    )
    batch = models.OneToOneField(SuggestionBatch, models.SET_NULL, null=True, blank=True, related_name="run")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    stage = models.CharField(_("stage"), max_length=20, blank=True)
    percent = models.FloatField(_("percent"), default=0)
    eta_s = models.FloatField(_("seconds left"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_text = models.TextField(_("error"), blank=True)
    result = models.JSONField(_("result"), default=dict)
    last_seq = models.PositiveIntegerField(default=0)

    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "number"], name="run_number_in_project")]
        indexes: ClassVar = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def queue(self) -> str:
        """Whose workers carry it: what somebody sits there and waits for must not wait for hours of training."""
        if self.params.get("here"):
            return "predict"
        quick = self.kind == self.Kind.PREDICT and self.params.get("quick")
        return "search" if quick or self.kind in (self.Kind.SIMILAR, self.Kind.EXPORT) else "gpu"


class RunEvent(models.Model):
    """What the engine said, in order; a page that lost its connection asks for what came after `seq`."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="events", verbose_name=_("run"))
    seq = models.PositiveIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=16)
    payload = models.JSONField(_("what it said"), default=dict)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["seq"]
        verbose_name = _("run event")
        verbose_name_plural = _("run events")
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "seq"], name="event_seq_in_run")]

    def __str__(self) -> str:
        return f"#{self.seq}"


def _model_path(version: ModelVersion, filename: str) -> str:
    return f"models/{version.project_id}/{version.key.hex}/{filename}"


class ModelVersion(models.Model):
    """A few-shot class model (head, bank, calibrator, thresholds) or a trained detector, with what made it."""

    class Kind(TextChoices):
        FEWSHOT = "fewshot", _("Few-shot class model")
        DETECTOR = "detector", _("Trained detector")

    project = models.ForeignKey(Project, models.CASCADE, related_name="models", verbose_name=_("project"))
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="models", verbose_name=_("run"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    label = models.ForeignKey(
        LabelClass, models.SET_NULL, null=True, blank=True, related_name="models", verbose_name=_("class")
    )  # of a few-shot class model
    name = models.CharField(_("name"), max_length=160)
    version = models.PositiveIntegerField(_("version"))
    classes = models.JSONField(
        _("classes"), default=list
    )  # [{id, name, base?}], in the model's own order; no id: only its base knew it
    file = models.FileField(_("file"), upload_to=_model_path, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    bytes = models.PositiveBigIntegerField(_("size"))
    shots = models.PositiveIntegerField(_("boxes learned from"), default=0)
    dataset_version = models.ForeignKey(
        DatasetVersion, models.SET_NULL, null=True, related_name="models", verbose_name=_("labels learned from")
    )
    metrics = models.JSONField(_("figures"), default=dict)
    details = models.JSONField(_("details"), default=dict)  # summary, curves, versions, pretrained weights with hashes
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "kind", "name", "version"], name="model_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def file_name(self) -> str:
        """What its file is: class.npz, detector.pt, or detector.onnx of a detector from elsewhere. The storage may have
        kept it under another name, where there was one like it.
        """
        stem = "class" if self.kind == self.Kind.FEWSHOT else "detector"
        return stem + PurePath(str(self.file.name)).suffix

    @property
    def own_classes(self) -> list[dict[str, Any]]:
        """The classes of the project that it was made for."""
        return [entry for entry in self.classes if entry["id"] is not None]

    @property
    def origin(self) -> dict[str, Any] | None:
        """Where it was learned, if elsewhere: project, name, version and hash there, or the file it came as."""
        found: dict[str, Any] | None = self.details.get("origin")
        return found

    @property
    def base_classes(self) -> list[dict[str, Any]]:
        """What it still knows of its base detector and the project did not ask for; these have no id."""
        return [entry for entry in self.classes if entry["id"] is None]


def _converted_path(converted: ConvertedModel, filename: str) -> str:
    return f"models/{converted.model.project_id}/{converted.model.key.hex}/{converted.format}/{filename}"


class ConvertedModel(models.Model):
    """A trained detector in a form that other programs run; of a class model the two networks that it needs."""

    class Format(TextChoices):
        ONNX = "onnx", "ONNX"
        OPENVINO = "openvino", "OpenVINO"

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="converted", verbose_name=_("model version"))
    format = models.CharField(_("format"), max_length=8, choices=Format.choices)
    file = models.FileField(_("file"), upload_to=_converted_path, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    bytes = models.PositiveBigIntegerField(_("size"))
    details = models.JSONField(_("details"), default=dict)  # versions of what made it; speed: of a detector
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["format"]
        verbose_name = _("converted model")
        verbose_name_plural = _("converted models")
        constraints: ClassVar = [models.UniqueConstraint(fields=["model", "format"], name="converted_model_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.get_format_display()}"


def _picture_path(prediction: Prediction, filename: str) -> str:
    return f"predictions/{prediction.key.hex}"


class Prediction(models.Model):
    """One picture that somebody waits for: a program sent it (`file`), or it is an image of the project (`image`).

    A warm worker answers; the row goes with its answer.
    """

    class State(TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN = "taken", _("Taken")
        ANSWERED = "answered", _("Answered")

    project = models.ForeignKey(Project, models.CASCADE, related_name="predictions", verbose_name=_("project"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked = models.JSONField(_("models"), default=list)  # ids of the models that are to look
    question = models.JSONField(_("question"), default=dict)  # what is asked of them: kind and point of a click
    file = models.FileField(_("file"), upload_to=_picture_path, max_length=300, blank=True)
    image = models.ForeignKey(Image, models.CASCADE, null=True, related_name="+", verbose_name=_("image"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    answer = models.JSONField(_("answer"), default=dict)  # as training.protocol.serving has it
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        indexes: ClassVar = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return self.key.hex


class AutomaticLabelling(models.Model):
    """A project whose new images the current models of its classes look through, without anybody asking each time.

    seen: the last image that was looked through, or was there when it was switched on.
    """

    project = models.OneToOneField(
        Project, models.CASCADE, related_name="automatic_labelling", verbose_name=_("project")
    )
    by = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("switched on by"))
    seen = models.PositiveBigIntegerField(_("last image seen"), default=0)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("automatic labelling")
        verbose_name_plural = _("automatic labelling")

    def __str__(self) -> str:
        return str(self.project)


class Promotion(models.Model):
    """A person's word that this version is the one of its class from now on. The latest counts; without any, the newest
    version is the class's.
    """

    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="promotions", verbose_name=_("class"))
    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="promotions", verbose_name=_("model version"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("promoted by"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")

    def __str__(self) -> str:
        return str(self.model)


class LeftOut(models.Model):
    """A person's word that a box is right but no good example of its class: it stays, and runs do not learn from it.

    It holds for the class that the box had then; a box that was given another class is an example again.
    """

    box = models.OneToOneField(Box, models.CASCADE, related_name="left_out")
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="left_out")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("shot left out")
        verbose_name_plural = _("shots left out")
