"""Forms of people: name, address, password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class PersonNameField(forms.CharField):
    """A person's own name. No address: whoever reads it would take it for one that was checked."""

    def __init__(self, **kwargs: Any) -> None:
        no_address = RegexValidator("[@＠﹫]", _("A name cannot contain @."), inverse_match=True)
        super().__init__(label=_("Your name"), max_length=120, required=False, validators=[no_address], **kwargs)


class PersonForm(forms.Form):
    """A new account: the first administrator's, or an invited person's."""

    email = forms.EmailField(label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    name = PersonNameField(widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters. A short sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class AccountForm(forms.Form):
    name = PersonNameField()
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
