"""The forms of people and projects: they parse; what is allowed is decided in actions."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.models.projects import LONGEST_LEASE, MOST_OPEN_IMAGES

NAME_BREAKS = re.compile(r"[,;\t\r\n]")


def split_names(text: str) -> list[str]:
    """Names of one text, apart by commas, semicolons, tabs or lines, as they come out of a table; each once, in the
    order given.
    """
    return list(dict.fromkeys(name for part in NAME_BREAKS.split(text) if (name := " ".join(part.split()))))


class NamesField(forms.CharField):
    """Several names in one field, apart by commas; each once, in the order given."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"data-chips": True, "placeholder": kwargs.pop("placeholder", "")}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        return split_names(super().clean(value) or "")


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Project name"), max_length=120)
    description = forms.CharField(
        label=_("What is it for? (optional)"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RulesForm(forms.Form):
    """How a project's people work (projects.actions.Rules)."""

    workflow = forms.BooleanField(
        label=_("Work in jobs"),
        required=False,
        help_text=_("Images are handed out in jobs and submitted. They are final once a reviewer accepts them."),
    )
    annotators_answer = forms.BooleanField(
        label=_("Annotators answer suggestions"),
        required=False,
        help_text=_("One by one, in the editor. With jobs, in their own jobs."),
    )
    annotators_make_classes = forms.BooleanField(
        label=_("Annotators add classes"), required=False, help_text=_("They type a new name where they draw.")
    )
    open_images = forms.IntegerField(
        label=_("Images that a person may have open at once"),
        min_value=0,
        max_value=MOST_OPEN_IMAGES,
        help_text=_("Begun and not submitted. 0 for any number."),
    )
    lease_minutes = forms.IntegerField(
        label=_("Minutes until an image of a shared queue goes back"),
        min_value=1,
        max_value=LONGEST_LEASE,
        help_text=_("When the person who took it does nothing."),
    )
