"""The form of a webhook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.models import Event


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/labelhub", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(label=_("Events"), choices=Event.choices)
