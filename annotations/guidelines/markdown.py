"""Markdown as HTML that is safe to show: CommonMark with tables, and pictures of the project's own images."""

from __future__ import annotations

import re

import nh3
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br", "a", "img",
    "table", "thead", "tbody", "tr", "th", "td", "del",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}}
PICTURE = re.compile(r"(!\[[^\]]*\]\()image:(\d{1,18})\)")  # ![what it shows](image:12)
HEADING = re.compile(r"<(/?)h([1-4])>")
_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(text: str) -> SafeString:
    """Its headings are below those of the page. Pictures from elsewhere are left to the page's policy, which shows
    none.
    """
    named = PICTURE.sub(lambda found: f"{found[1]}{reverse('file-image', args=[found[2]])})", text)
    html = HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + 2}>", _reader.render(named))
    safe = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(safe)  # noqa: S308 - cleaned just now
