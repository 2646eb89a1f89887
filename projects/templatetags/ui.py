"""Small pieces of the pages: icons, colour swatches, initials, the theme and the window of page numbers."""

import json
import re
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from projects.models import User
from projects.notifications.queries import unread

register = template.Library()

HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
THEMES = ("light", "dark")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of the sprite; decoration only, so it is hidden from screen readers."""
    url = static("labelhub/icons.svg")
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, url, name)


@register.filter
def pretty(data: Any) -> str:
    """Data as people read it: JSON, a value a line."""
    return json.dumps(data, ensure_ascii=False, indent=1)


@register.simple_tag
def home_url() -> str:
    """Where a signed-in person starts; the settings name that page."""
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@register.simple_tag
def swatch(color: str) -> SafeString:
    """A dot in a class's colour: the fill attribute, because the content policy allows no style attributes."""
    fill = color if HEX_COLOR.fullmatch(color or "") else "#888888"
    return format_html(
        '<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" rx="3.5" '
        'fill="{}"/></svg>',
        fill,
    )


@register.simple_tag
def balance_bar(percent: float, color: str) -> SafeString:
    """How many boxes a class has beside the largest one, as a bar in its colour; the number stands beside it."""
    fill = color if HEX_COLOR.fullmatch(color or "") else "#888888"
    bar = '<svg class="balance-bar" aria-hidden="true"><rect width="{}%" height="100%" fill="{}"/></svg>'
    return format_html(bar, f"{percent:.1f}", fill)


@register.simple_tag
def stretch(start: float, percent: float, dot: float) -> SafeString:
    """An interval and the value in it, in percent of the picture's width; the numbers stand beside it."""
    return format_html(
        '<svg class="stretch" aria-hidden="true">'
        '<rect class="stretch-range" x="{}%" width="{}%" y="35%" height="30%" rx="2"/>'
        '<circle class="stretch-dot" cx="{}%" cy="50%" r="5"/></svg>',
        f"{start:.2f}",
        f"{percent:.2f}",
        f"{dot:.2f}",
    )


@register.simple_tag
def dots(places: list[tuple[float, float]]) -> SafeString:
    """Values in their order, each a dot at (x, y) in percent of the picture; the numbers stand in a table."""
    each = ((f"{x:.1f}", f"{y:.1f}") for x, y in places)
    circles = format_html_join("", '<circle class="stretch-dot" cx="{}%" cy="{}%" r="3"/>', each)
    return format_html('<svg class="dots" aria-hidden="true">{}</svg>', circles)


@register.simple_tag
def unread_notifications(user: User) -> int:
    """How many the person has not read; 100 for more."""
    return unread(user)


@register.simple_tag
def initials(user: object) -> str:
    """One or two letters for a person's round badge."""
    name = str(getattr(user, "name", "") or getattr(user, "email", "") or "?")
    words = re.split(r"[\s._-]+", name.split("@")[0].strip())
    letters = [word[0] for word in words if word]
    return "".join(letters[:2]).upper() if name.isascii() else name[:1]


@register.simple_tag(takes_context=True)
def theme_attribute(context: template.Context) -> SafeString:
    """data-theme from the person's cookie, so that the first paint is already right; nothing when the system
    decides.
    """
    request: HttpRequest | None = context.get("request")
    theme = request.COOKIES.get("theme", "") if request else ""
    return format_html(' data-theme="{}"', theme) if theme in THEMES else SafeString("")


@register.simple_tag
def page_numbers(page: Page[Any]) -> list[int | str]:
    """The numbers to offer: the ends, the neighbours of this page, and an ellipsis between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def percent_of(part: int | None, whole: int | None) -> int:
    """part of whole in whole percent, never 100 before it is all and never 0 once begun."""
    if not part or not whole:
        return 0
    return 100 if part >= whole else min(99, max(1, round(100 * part / whole)))


@register.filter
def percent(value: object) -> str:
    """0.934 -> 93%; an unknown share is a dash."""
    return f"{100 * value:.0f}%" if isinstance(value, int | float) else "–"


@register.filter
def signed(points: float) -> str:
    """-10.0 -> −10.0, 4.2 -> +4.2: a difference, with a true minus."""
    return f"{points:+g}".replace("-", "−") if points else "0"


@register.filter
def seconds(value: float | None) -> str:
    """83 -> 1 min 23 s, as short as a table wants it, in the reader's language."""
    if value is None:
        return "–"
    if value < 60:
        return _("%(s)s s") % {"s": f"{value:.1f}" if value < 10 else f"{value:.0f}"}
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(h)s h %(min)s min") % {"h": f"{hours:,}", "min": minutes}
    return _("%(min)s min %(s)s s") % {"min": minutes, "s": rest}


@register.filter
def get(mapping: dict[Any, Any] | None, key: object) -> object:
    """mapping[key], or nothing."""
    return (mapping or {}).get(key)


@register.filter
def grouped(value: object) -> str:
    """2504190 -> 2,504,190; words stay as they are."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@register.filter
def roughly(value: float) -> str:
    """An estimate of seconds, to the minute from two minutes on; its sign is said elsewhere."""
    value = abs(value)
    minutes = round(value / 60)
    if minutes < 2:
        return _("%(s)s s") % {"s": f"{value:.0f}"}
    if minutes < 60:
        return _("%(min)s min") % {"min": minutes}
    return _("%(h)s h %(min)s min") % {"h": f"{minutes // 60:,}", "min": minutes % 60}
