"""The form of a new project, which begins with its classes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.forms import NamesField, ProjectForm


class NewProjectForm(ProjectForm):
    name = forms.CharField(label=_("Project name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    classes = NamesField(
        label=_("Classes"),
        required=False,
        placeholder=_("raccoon, fox, …"),
        help_text=_("What you want to find in the images. Press Enter after each name; you can add more at any time."),
    )
