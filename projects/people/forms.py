"""Forms of people: name, address, password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Scope


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


class TokenForm(forms.Form):
    """What a new token is for."""

    DAYS = (("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")), ("", _("for ever")))

    name = forms.CharField(label=_("What it is for"), max_length=60)
    days = forms.ChoiceField(label=_("It works"), choices=DAYS, required=False)
    scopes = forms.MultipleChoiceField(label=_("What it may do"), choices=Scope.choices)

    def wanted(self) -> dict[str, Any]:
        """The arguments of projects.people.tokens.create."""
        days = self.cleaned_data["days"]
        expiry: datetime | None = timezone.now() + timedelta(days=int(days)) if days else None
        return {"name": self.cleaned_data["name"], "scopes": self.cleaned_data["scopes"], "expiry": expiry}
