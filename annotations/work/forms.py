"""The forms of jobs: they parse; what is allowed is decided in actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import WorkJob
from annotations.work.actions import MOST_CHECKS, MOST_PEOPLE

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class JobForm(forms.Form):
    """One job as it is to be."""

    name = forms.CharField(label=_("Name"), max_length=80)
    assignee = forms.TypedChoiceField(label=_("Assignee"), coerce=int, required=False, empty_value=None)
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=WorkJob.Priority.choices, initial=2)
    due = forms.DateField(label=_("Due"), required=False, widget=DAY)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Shared queue")), *people]  # type: ignore[attr-defined]


class NewJobsForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    people = forms.TypedMultipleChoiceField(
        label=_("Who works on them"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each person gets a job of their own. With nobody chosen it is a shared queue: who asks gets the "
                    "next."),
    )  # fmt: skip
    each = forms.IntegerField(
        label=_("Images per person"), required=False, min_value=1, help_text=_("Empty: all of them, evenly.")
    )
    overlap = forms.IntegerField(
        label=_("People per image"),
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        help_text=_(
            "2 or more: so many of the people label each image, and none sees the others' boxes. It is one job."
        ),
    )
    checks = forms.IntegerField(
        label=_("Check images, percent"),
        required=False,
        min_value=0,
        max_value=MOST_CHECKS,
        help_text=_("So many of a person's images are checks whose truth is known; nobody is told which."),
    )
    classes = forms.TypedMultipleChoiceField(
        label=_("What to look for"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every class. A final image is complete for these."),
    )
    priority = forms.TypedChoiceField(label=_("Priority"), coerce=int, choices=WorkJob.Priority.choices, initial=2)
    due = forms.DateField(label=_("Due"), required=False, widget=DAY)

    def __init__(
        self, *args: Any, people: list[tuple[int, str]], classes: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("people", people), ("classes", classes)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class SampleForm(forms.Form):
    size = forms.IntegerField(label=_("Images in the sample"), min_value=1, max_value=1000)
    most_errors = forms.IntegerField(label=_("Returned images that still pass"), min_value=0, max_value=999)
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=0)
