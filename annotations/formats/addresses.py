"""Pictures' plain names out of the addresses by which tools serve them."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

from annotations.formats.folders import is_image
from annotations.formats.text import relative

_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")


def picture_address(*texts: str) -> str:
    """The first that is an http(s) address and ends like a picture's name; "" where none is."""
    web = (text for text in texts if text.startswith(("http://", "https://")))
    return next((text for text in web if is_image(picture_name(text))), "")


def picture_name(address: str) -> str:
    """A plain name for an address (a local file of Label Studio, an upload, a bucket's object, http), or for a path."""
    if "fileuri=" in address:  # a bucket's object, in base 64
        packed = parse_qs(urlsplit(address).query).get("fileuri", [""])[0]
        try:
            address = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except (binascii.Error, ValueError):
            return ""
    _before, local, path = address.partition("?d=")
    if local:
        return relative(unquote(path)).removeprefix("images/")
    if not re.match(r"^([a-z][a-z0-9+.-]+://|/)", address):
        return relative(address)
    parts = urlsplit(address)
    path = relative(unquote(parts.path))
    if path.startswith("data/upload/"):
        return _UPLOAD.sub("", path.rsplit("/", 1)[-1])
    return path
