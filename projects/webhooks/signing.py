"""How a webhook's requests are signed: the Standard Webhooks scheme, which libraries of many languages check.

`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; the key is
the base64 behind `whsec_` of the secret. Whoever checks it also turns away what is older than a few minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

PREFIX = "whsec_"


def secret_of(key: UUID) -> str:
    """Made of the site's own secret each time, so that the database does not hold it."""
    made = salted_hmac("projects.webhooks", key.hex, algorithm="sha256").digest()
    return PREFIX + base64.b64encode(made).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
