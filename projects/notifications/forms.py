"""What a person wants to hear of."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.models import NotificationKind


class NotificationForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("Tell me when"),
        choices=NotificationKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    digest = forms.BooleanField(
        label=_("Send me what is unread by mail, once a day"),
        required=False,
    )
