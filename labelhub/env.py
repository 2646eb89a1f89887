"""Typed settings from the environment: a bad value stops the start with a sentence that names it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

FALSE = {"", "0", "false", "no", "off", "n", "f"}


class Env(environ.Env):
    """django-environ, with the variable's name in the message, and no bool that is silently false."""

    def get_value(
        self, var: Any, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        try:
            value = super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ImproperlyConfigured as error:
            named = str(var) in str(error)
            raise error if named else ImproperlyConfigured(f"The setting {var}: {error}.") from error
        except (ValueError, TypeError) as error:
            raise ImproperlyConfigured(f"The setting {var} has a value that cannot be used: {error}.") from error
        if cast is bool and value is False and str(self.ENVIRON.get(var, "")).strip().lower() not in FALSE:
            raise ImproperlyConfigured(f"The setting {var} must be true or false, not {self.ENVIRON[var]!r}.")
        return value


def networks(texts: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    """Networks as an operator writes them."""
    try:
        return [ip_network(text.strip()) for text in texts]
    except ValueError as error:
        raise ImproperlyConfigured(f"LABELHUB_OUTBOUND_NETWORKS must be networks like 10.1.0.0/16: {error}.") from error


def mail_settings(url: str) -> dict[str, Any]:
    """Django's EMAIL_... settings for an address like smtp+tls://user:password@host:587."""
    try:
        return dict(Env.email_url_config(url))
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"LABELHUB_MAIL must be like smtp+tls://user:password@host:587: {error}.") from error


def issuer(url: str) -> str:
    """An OpenID provider's own address, without the slash at its end; empty where there is none."""
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ImproperlyConfigured(f"LABELHUB_OIDC_ISSUER must be like https://id.example.org, not {url!r}.")
    return url.rstrip("/")


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if url else ""


env = Env()
