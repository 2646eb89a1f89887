"""Mail: whether it is set, and how one is sent in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import translation

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """template: NAME of templates/projects/mail/NAME.txt, whose first line is the subject."""

    to: str
    template: str
    language: str = ""
    context: dict[str, Any] = field(default_factory=dict)

    def message(self) -> EmailMessage:
        with translation.override(self.language or settings.LANGUAGE_CODE):
            text = render_to_string(f"projects/mail/{self.template}.txt", self.context)
        subject, _line, body = text.strip().partition("\n")
        return EmailMessage(subject.strip(), body.strip() + "\n", to=[self.to])


def is_set() -> bool:
    """Whether the operator said how mail is sent."""
    return bool(settings.MAIL)


def send(letters: Sequence[Letter]) -> list[str]:
    """Sends each over one connection; returns the addresses of those that could not be sent. Raises nothing."""
    connection = get_connection()
    failed = []
    try:
        connection.open()
    except Exception as error:
        log.warning("No mail can be sent: %s", error)
        return [letter.to for letter in letters]
    for letter in letters:
        try:
            connection.send_messages([letter.message()])
        except Exception as error:
            log.warning("A mail could not be sent: %s", error)
            failed.append(letter.to)
    connection.close()
    return failed


def absolute(path: str) -> str:
    """The address of a path of this site for who reads it elsewhere."""
    return f"{settings.SITE_ADDRESS}{path}"
