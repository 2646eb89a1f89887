"""What the API of exports takes and gives; `parse` makes the choice of an export for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from annotations.exports.choice import FINAL, NO_SPLIT, STATES, ExportChoice
from annotations.formats.table import FORMATS
from annotations.formats.types import SPLITS
from annotations.models import Export
from projects.models import Project
from projects.serializers import PersonRow
from projects.web.filters import id_of_person

ANY = "any"
OF_NOW = ("state", "author", "since", "until", "predictions", "min_probability")  # what a version does not know


class PersonField(serializers.CharField):
    """An e-mail address, or an id."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return id_of_person(super().to_internal_value(data).strip())
        except ValueError as error:
            raise serializers.ValidationError(_("This is an e-mail address, or an id.")) from error


class ExportQuery(serializers.Serializer[Any]):
    """What goes in. `class` may be repeated, or name several with commas; without it, all classes."""

    format = serializers.ChoiceField(choices=list(FORMATS))
    dataset = serializers.IntegerField(required=False, min_value=1)
    split = serializers.ChoiceField(
        choices=[*SPLITS, NO_SPLIT], required=False, help_text=gettext_lazy("none: images outside of all splits")
    )
    state = serializers.ChoiceField(
        choices=[*STATES, ANY],
        required=False,
        help_text=gettext_lazy(
            "images with boxes of the classes, without any, with suggestions that wait, or those that are final in "
            "their"
            " jobs; where a project works in jobs these are meant if nothing is said, and any means all"
        ),
    )
    author = PersonField(
        required=False, help_text=gettext_lazy("e-mail address or id: images in which this person made a box")
    )
    since = serializers.DateField(required=False, help_text=gettext_lazy("images added on this day or later"))
    until = serializers.DateField(required=False, help_text=gettext_lazy("images added on this day or earlier"))
    unfinished = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text=gettext_lazy(
            "whether images come along that are not complete for the classes; their unmarked objects would be taught as"
            " background, so that formats for training leave them out where nothing is said"
        ),
    )
    predictions = serializers.BooleanField(
        required=False,
        default=False,
        help_text=gettext_lazy("whether suggestions that wait come along as predictions, where the format has such"),
    )
    min_probability = serializers.FloatField(
        required=False, min_value=0, max_value=1, default=0.0, help_text=gettext_lazy("of a prediction")
    )
    images = serializers.BooleanField(
        required=False, default=False, help_text=gettext_lazy("whether the pictures come along")
    )
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text=gettext_lazy("a version of the labels instead of those of now: the same bytes whenever it is asked"),
    )

    def get_fields(self) -> dict[str, Any]:
        classes = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, default=list)
        return super().get_fields() | {"class": classes}

    def to_internal_value(self, data: Any) -> Any:
        """What is empty counts as not given: a form sends all its fields."""
        return super().to_internal_value(_plain(data) if isinstance(data, Mapping | QueryDict) else data)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        format = FORMATS[given["format"]]
        if given["predictions"] and not format.keeps_predictions:
            can = ", ".join(other.title for other in FORMATS.values() if other.keeps_predictions)
            words = _("%(format)s has no place for predictions; these have: %(formats)s.")
            raise serializers.ValidationError({"predictions": words % {"format": format.title, "formats": can}})
        if "version" in given and (more := [name for name in OF_NOW if given.get(name)]):
            words = _("A version has no “%(name)s”: only classes, dataset and split choose its images.")
            raise serializers.ValidationError({name: words % {"name": name} for name in more})
        if given["unfinished"] is None:
            given["unfinished"] = not format.trains
        return given


def parse(given: Any) -> ExportChoice:
    """The choice that a query, a body or a stored export says. Raises ValidationError with the field."""
    query = ExportQuery(data=given)
    query.is_valid(raise_exception=True)
    said = dict(query.validated_data)
    if said.get("state") == ANY:
        del said["state"]
    return ExportChoice(classes=tuple(said.pop("class")), pictures=said.pop("images"), **said)


def parse_of(project: Project, given: Any) -> ExportChoice:
    """The same; where nothing is said of the state, a project that works in jobs gives what is final."""
    if not isinstance(given, Mapping | QueryDict) or not project.workflow:
        return parse(given)
    plain = _plain(given)
    return parse(plain if plain.get("version") else {"state": FINAL} | plain)


def _plain(data: Mapping[str, Any] | QueryDict) -> dict[str, Any]:
    many = data.getlist("class") if isinstance(data, QueryDict) else data.get("class", [])
    many = many if isinstance(many, list | tuple) else [many]
    classes = [part for value in many for part in str(value).split(",") if part]
    return {key: value for key, value in data.items() if value != "" and key != "class"} | {"class": classes}


class CountRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    boxes = serializers.IntegerField()


class CountsRow(serializers.Serializer[Any]):
    """What would go in. `unfinished` of the chosen images are not complete for the classes; they are among `images`
    only where the choice says so. `not_final`: left out because only final ones are chosen. `bytes`: of the pictures.
    `large`: better made as a job.
    """

    images = serializers.IntegerField()
    boxes = serializers.IntegerField()
    predictions = serializers.IntegerField()
    empty = serializers.IntegerField(help_text=gettext_lazy("images without a box of the classes"))
    complete = serializers.IntegerField()
    unfinished = serializers.IntegerField()
    not_final = serializers.IntegerField()
    bytes = serializers.IntegerField()
    large = serializers.BooleanField()
    splits = serializers.DictField(child=serializers.IntegerField())
    classes = CountRow(many=True)


class ExportRow(serializers.ModelSerializer[Any]):
    """`file` is where the finished file is; `expires_at` when it goes."""

    created_by = PersonRow(read_only=True, allow_null=True)
    choice = serializers.DictField(read_only=True, help_text=gettext_lazy("the parameters that it was made with"))
    file = serializers.SerializerMethodField()
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Export
        fields = (
            "id", "name", "state", "choice", "done", "total", "boxes", "bytes", "sha256", "problem", "file",
            "created_by", "created_at", "finished_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_file(self, job: Export) -> str | None:
        return reverse("api-export-file", args=[job.pk]) if job.state == Export.State.DONE else None


class RunningDetail(serializers.Serializer[Any]):
    """The same choice is at work already, as `export`."""

    detail = serializers.CharField()
    code = serializers.CharField()
    export = serializers.IntegerField()
