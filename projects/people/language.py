"""The reader's language, carried by Django's language cookie."""

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import translation


def remember(response: HttpResponseBase, language: str) -> None:
    """Keeps a chosen language in the browser and turns it on for the rest of this request."""
    translation.activate(language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        path=settings.LANGUAGE_COOKIE_PATH,
        samesite="Lax",
    )
