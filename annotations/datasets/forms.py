"""What an administrator says of a change of datasets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.datasets.choice import Choice
from annotations.models import DatasetChange
from projects.models import Dataset, Project

Kind = DatasetChange.Kind
TITLES = {
    Kind.MERGE: _("Merge datasets"),
    Kind.SPLIT: _("Split a dataset"),
    Kind.MOVE: _("Move images to another project"),
    Kind.COPY: _("Copy images to another project"),
    Kind.COPIES: _("Resolve near-copies"),
}


class DatasetField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.project} · {obj.name}"


class DatasetChangeForm(forms.Form):
    """The fields that its kind asks for; what was chosen in a list comes along hidden."""

    kind = forms.CharField(widget=forms.HiddenInput)
    datasets = forms.CharField(widget=forms.HiddenInput, required=False)
    images = forms.CharField(widget=forms.HiddenInput, required=False)
    to = DatasetField(Dataset.objects.none(), label=_("Into the dataset"), required=False)
    name = forms.CharField(label=_("Name of the new dataset"), max_length=120, required=False)
    search = forms.CharField(label=_("Only file names that hold"), max_length=100, required=False)
    filter = forms.CharField(
        label=_("Only what this filter shows"),
        max_length=500,
        required=False,
        help_text=_(
            "What stands after the ? in the address of the project’s images, for example state=empty&split=train."
        ),
    )

    def __init__(self, project: Project, kind: str, given: Any = None) -> None:
        super().__init__(given, initial={"kind": kind})
        self.of_kind = kind
        datasets = Dataset.objects.select_related("project").filter(project__deleted_at=None)
        inside = datasets.filter(project=project)
        outside = datasets.exclude(project=project).order_by("project__name", "name")
        to: Any = self.fields["to"]
        to.queryset = outside if kind in (Kind.MOVE, Kind.COPY) else inside.order_by("name")
        to.required = kind in (Kind.MERGE, Kind.MOVE, Kind.COPY)
        for name in ("name", "search", "filter"):
            self.fields[name].widget.attrs["class"] = "vTextField"
        self.fields["name"].required = kind == Kind.SPLIT
        for name in UNUSED[kind]:
            del self.fields[name]

    def choice(self) -> Choice:
        """Of a valid form."""
        said = self.cleaned_data
        query = said.get("filter", "").lstrip("?")
        if said.get("search"):
            query = "&".join(filter(None, [query, f"search={said['search']}"]))
        to = said.get("to")
        return Choice(
            self.of_kind,
            _ids(said["datasets"]),
            _ids(said["images"]),
            query,
            to.pk if to else None,
            said.get("name", ""),
        )


UNUSED: dict[str, tuple[str, ...]] = {
    Kind.MERGE: ("name", "search", "filter"),
    Kind.SPLIT: ("to",),
    Kind.MOVE: ("name",),
    Kind.COPY: ("name",),
    Kind.COPIES: ("to", "name", "search", "filter"),
}


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.strip().isdigit())
