"""Files that lie at addresses, fetched into one zip that is read as any other."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit

from django.conf import settings

from annotations.formats.addresses import picture_name
from annotations.imports import notices
from annotations.imports.archive import read_archive
from annotations.imports.pictures import Pictures
from annotations.models import LabelImport
from projects.images.pictures import PictureError
from projects.images.storing import clean_name
from projects.jobs.hold import Hold
from projects.web import outbound
from projects.web.outbound import OutboundError

MOST = 2000  # addresses
SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "image/bmp": ".bmp",
    "image/tiff": ".tif", "image/avif": ".avif", "image/heic": ".heic", "application/json": ".json",
    "application/zip": ".zip", "text/csv": ".csv", "text/xml": ".xml", "application/xml": ".xml", "text/plain": ".txt",
}  # fmt: skip


class EmptyFetch(Exception):
    """None of the addresses gave anything."""


def fetch(hold: Hold[LabelImport]) -> tuple[str, IO[bytes]]:
    """The name and the bytes of what was fetched: a zip that lay there alone, or a zip of all that did. What cannot be
    fetched is a problem of its own. Raises LostJob, PictureError; EmptyFetch.
    """
    job = hold.job
    out = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
    taken: set[str] = set()
    size = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for place, url in enumerate(job.urls, start=1):
            found = _fetched(hold, url)
            if found is not None:
                name, body = found
                if name.lower().endswith(".zip"):
                    if len(job.urls) == 1:
                        return name, io.BytesIO(body)
                    job.problems.append(notices.row(notices.ZIP_AMONG_OTHERS, url))
                    continue
                size += len(body)
                if size > settings.ZIP_MAX_BYTES:
                    raise PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
                archive.writestr(_free(name, taken), body)
            hold.tick(place, len(job.urls))
    hold.report(problems=job.problems[: notices.MOST])
    if not taken:
        raise EmptyFetch
    out.seek(0)
    return f"{PurePosixPath(sorted(taken)[0]).stem}.zip" if len(taken) == 1 else "addresses.zip", out


def fetch_beside(hold: Hold[LabelImport]) -> IO[bytes]:
    """A zip of the job's file of labels with the pictures at its addresses, each by the name that labels give it: those
    that neither the dataset nor the project has. What cannot be fetched is a problem of its own.
    Raises LostJob, PictureError.
    """
    job = hold.job
    out = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
    with job.file.open("rb") as labels:
        known = Pictures(read_archive(labels, job.name), job.dataset)
        missing = [url for url in job.urls if known.find(picture_name(url)) is None]
        taken, size = {job.name}, 0
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            labels.seek(0)
            archive.writestr(job.name, labels.read())
            for place, url in enumerate(missing, start=1):
                if place > MOST:
                    job.problems.append(notices.not_fetched(url, notices.TOO_MANY, n=MOST))
                elif (found := _fetched(hold, url)) is not None:
                    size += len(found[1])
                    if size > settings.ZIP_MAX_BYTES:
                        raise PictureError("zip_too_large", limit=settings.ZIP_MAX_BYTES // 2**20)
                    archive.writestr(_free(picture_name(url), taken), found[1])
                hold.tick(place, len(missing))
    hold.report(problems=job.problems[: notices.MOST])
    out.seek(0)
    return out


def addresses(text: str | Sequence[str]) -> list[str]:
    """One on each line, or a list of them; each once, in order."""
    lines = text.splitlines() if isinstance(text, str) else text
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _fetched(hold: Hold[LabelImport], url: str) -> tuple[str, bytes] | None:
    try:
        with hold.beating():
            answer = outbound.get(url, most_bytes=settings.UPLOAD_MAX_BYTES)
        if not answer.is_good:
            raise OutboundError("HTTP %(status)s", status=answer.status)
    except OutboundError as error:
        hold.job.problems.append(notices.not_fetched(url, error.what, **error.data))
        return None
    name = clean_name(unquote(urlsplit(answer.url).path))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not PurePosixPath(name).suffix:
        name += SUFFIXES.get(kind, "")
    return name, answer.body


def _free(name: str, taken: set[str]) -> str:
    path, number = PurePosixPath(name), 1
    while name in taken:
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    taken.add(name)
    return name
