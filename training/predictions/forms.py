"""The form that lets class models look through images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import ModelVersion
from training.runs.forms import ScopeForm


class PredictForm(ScopeForm):
    """`models`: one for each class that is looked for; `only`: "new" or "all"."""

    models = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Choose a model.")})
    only = forms.ChoiceField(choices=[("new", "new"), ("all", "all")], initial="new")

    def __init__(self, *args: Any, models: Iterable[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["models"].choices = [(str(model.pk), str(model)) for model in models]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"models": given["models"], "dataset": given["dataset"], "new": given["only"] == "new"}
