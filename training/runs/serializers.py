"""The shapes of runs and models in the API. What a run may ask is checked by training.runs.parameters, not here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from training.models import Run
from training.protocol.limits import AIMS, BUDGETS, EXPORT_FORMATS, MAX_EPOCHS, TRAIN_MODES
from training.protocol.stages import MEASURING, SUGGESTIONS, TRAINING


class AugmentShape(serializers.Serializer[Any]):
    """How shots are varied in training."""

    rotate_deg = serializers.FloatField(required=False)
    flip = serializers.BooleanField(required=False)
    brightness = serializers.FloatField(required=False)
    noise = serializers.BooleanField(required=False)


class RunRequest(serializers.Serializer[Any]):
    """autolabel: classes and how to train. detect: a base detector or a trained model. similar: an image, or a place in
    one. predict: class models that earlier runs made. export: a trained detector in another form, or the networks under
    a class model.

    All: a dataset, images, or everything.
    """

    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    dataset = serializers.IntegerField(required=False, allow_null=True)
    images = serializers.ListField(child=serializers.IntegerField(), required=False, allow_null=True)
    classes = serializers.ListField(child=serializers.IntegerField(), required=False)
    augment = AugmentShape(required=False)
    epochs = serializers.IntegerField(required=False, help_text=f"1 to {MAX_EPOCHS}")
    train = serializers.ChoiceField(choices=TRAIN_MODES, required=False)
    budget = serializers.ChoiceField(choices=BUDGETS, required=False)
    aim = serializers.ChoiceField(
        choices=AIMS,
        required=False,
        help_text="autolabel: what the threshold of suggestions serves: most time saved, best F1, few mistakes",
    )
    from_scratch_ok = serializers.BooleanField(required=False)
    keep_base = serializers.BooleanField(
        required=False, help_text="The trained detector keeps the base detector's own classes beside the project's."
    )
    base = serializers.CharField(required=False)
    detector = serializers.CharField(required=False, allow_null=True)
    model = serializers.IntegerField(required=False, allow_null=True)
    models = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="predict: class models, one of each class"
    )
    new = serializers.BooleanField(
        required=False, help_text="predict: only images that were added after the newest of the models was made"
    )
    format = serializers.ChoiceField(choices=EXPORT_FORMATS, required=False, help_text="export: what `model` becomes")
    confidence = serializers.FloatField(required=False)
    class_map = serializers.DictField(child=serializers.IntegerField(), required=False, allow_null=True)
    seed = serializers.IntegerField(required=False)
    image = serializers.IntegerField(required=False, help_text="similar: the image to compare with")
    box = serializers.UUIDField(required=False, help_text="similar: a box of that image, to find more like it")
    xyxy = serializers.ListField(
        child=serializers.FloatField(), required=False, allow_null=True, help_text="similar: a place instead of a box"
    )
    within = serializers.BooleanField(
        required=False, help_text="similar: look in that image only, and leave suggestions there"
    )


class ErrorShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class BatchShape(serializers.Serializer[Any]):
    """How many of the run's suggestions are in which state."""

    pending = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    dropped = serializers.IntegerField(help_text="Below the threshold: not shown, but findable")
    taken_back = serializers.IntegerField(
        help_text="Of those withdrawn: by a person; others were replaced by a newer run's"
    )
    undone = serializers.BooleanField(help_text="Whether the run was undone")


class StageShape(serializers.Serializer[Any]):
    """A stage that this run runs."""

    name = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # a field's own label is another thing
        help_text="Its name, in the reader's language"
    )
    doing = serializers.CharField(help_text="What happens meanwhile, in the reader's language")
    part = serializers.ChoiceField(
        choices=(SUGGESTIONS, TRAINING, MEASURING),
        help_text="What people wait for meanwhile; suggestions come first",
    )


class RunRow(serializers.Serializer[Any]):
    """A run as queries.run_rows tells it."""

    id = serializers.IntegerField()
    project = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    state = serializers.ChoiceField(choices=Run.State.choices)
    stage = serializers.CharField()
    stages = StageShape(many=True)
    percent = serializers.FloatField()
    eta_s = serializers.FloatField(allow_null=True)
    queue_position = serializers.IntegerField(allow_null=True)
    classes = serializers.ListField(child=serializers.IntegerField())
    dataset = serializers.IntegerField(allow_null=True)
    created_by = serializers.EmailField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    suggestions_at = serializers.DateTimeField(
        allow_null=True, help_text="When its suggestions could be reviewed; a training may go on after that"
    )
    finished_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    error = ErrorShape(allow_null=True)
    params = serializers.DictField()
    result = serializers.DictField()
    batch = BatchShape(allow_null=True)
    models = serializers.ListField(child=serializers.IntegerField())
    last_seq = serializers.IntegerField()


class UndoAnswer(serializers.Serializer[Any]):
    """`withdrawn` suggestions, and `boxes` that came of the run and nobody had changed since."""

    withdrawn = serializers.IntegerField()
    boxes = serializers.IntegerField()
    run = RunRow()


class EventShape(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    payload = serializers.DictField()


class EventsAnswer(serializers.Serializer[Any]):
    """At most 500 at once: ask again with the last `seq` while there are any."""

    events = EventShape(many=True)
