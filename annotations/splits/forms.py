"""The form that divides a project's images."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.splits.plan import Division


class DivisionForm(forms.Form):
    """Percent for each split, the seed, and whether images stay where they are."""

    train = forms.IntegerField(label=_("Train"), min_value=0, max_value=100, initial=70)
    val = forms.IntegerField(label=_("Validation"), min_value=0, max_value=100, initial=10)
    test = forms.IntegerField(label=_("Test"), min_value=0, max_value=100, initial=20)
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=0)
    keep = forms.BooleanField(label=_("Keep images where they are"), required=False, initial=True)

    def division(self) -> Division:
        wanted: dict[str, Any] = self.cleaned_data
        return Division(**wanted)
