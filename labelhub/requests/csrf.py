"""The page for a form that was sent from a place, or with a token, that is not this site's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. `reason`: Django's own sentence, which tells a wrong origin from an old page."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
