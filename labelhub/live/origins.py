"""Who may open a websocket: pages of this site. A refusal says in the log which setting cures it."""

from __future__ import annotations

import logging
from typing import Any

from channels.security.websocket import OriginValidator
from django.conf import settings

log = logging.getLogger(__name__)


class KnownOrigins(OriginValidator):  # type: ignore[misc]
    """Origins whose host is one of LABELHUB_HOSTS, or which stand in LABELHUB_ORIGINS."""

    def __init__(self, application: Any) -> None:
        super().__init__(application, [*settings.ALLOWED_HOSTS, *settings.CSRF_TRUSTED_ORIGINS])

    def valid_origin(self, parsed_origin: Any) -> bool:
        known = bool(super().valid_origin(parsed_origin))
        if not known:
            origin = parsed_origin.geturl() if parsed_origin else "none"
            log.warning(
                "A live page of the origin %s was refused: name it in LABELHUB_ORIGINS, its host in LABELHUB_HOSTS.",
                origin,
            )
        return known
