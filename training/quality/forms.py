"""The form of check images: it parses; what is allowed is decided in actions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ChecksForm(forms.Form):
    count = forms.IntegerField(
        label=_("How many more"), min_value=1, max_value=2000, initial=20, widget=forms.NumberInput({"class": "input"})
    )
