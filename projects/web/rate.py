"""How often one token may ask: so many requests in each minute, counted in the cache that all web processes share where
there is Redis, and by each process for itself where there is none.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled

WINDOW_S = 60


def count_request(token: str) -> None:
    """Raises Throttled, with the seconds until the next minute, beyond `settings.TOKEN_RATE`; 0 lets all through."""
    if not settings.TOKEN_RATE:
        return
    now = time.time()
    key = f"token-rate-{token}-{int(now // WINDOW_S)}"
    cache.add(key, 0, timeout=2 * WINDOW_S)
    try:
        asked = cache.incr(key)
    except ValueError:  # the cache made room meanwhile: the count begins again
        return
    if asked > settings.TOKEN_RATE:
        raise Throttled(wait=WINDOW_S - now % WINDOW_S)
