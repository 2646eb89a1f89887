"""A detector from an ONNX file: no pickle, so nothing of it runs here; the engine runs its network, and nothing
else.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.errors import Refusal
from projects.hashing import sha256_of_bytes
from projects.models import Project
from training.models import ModelVersion
from training.protocol import onnx_file
from training.protocol.errors import BadModel

# By the reason that a BadModel gives.
WHY_NOT = {
    "onnx": gettext_lazy("It is not an ONNX file, or it is damaged."),
    "onnx_external": gettext_lazy("It keeps its numbers in another file: export it as one file."),
    "onnx_operators": gettext_lazy("It uses operators that are not ONNX's own, which could be any program."),
    "onnx_task": gettext_lazy(
        "It does not say that it is a detector. Ultralytics writes that: yolo export format=onnx."
    ),
    "onnx_names": gettext_lazy("It does not name its classes. Ultralytics writes them: yolo export format=onnx."),
    "onnx_shape": gettext_lazy("It does not take pictures and give boxes as Ultralytics' detectors do."),
}  # fmt: skip
ENDING = ".onnx"


def read(project: Project, file: IO[bytes], name: str) -> tuple[ModelVersion, bytes]:
    """The version, not saved, and the bytes of its file. Classes of the project go by their names. Raises Refusal."""
    data = file.read(settings.UPLOAD_MAX_BYTES + 1)
    if len(data) > settings.UPLOAD_MAX_BYTES:
        words = _("The file is larger than %(n)d MB.") % {"n": settings.UPLOAD_MAX_BYTES // 2**20}
        raise Refusal(words, code="too_large", field="file")
    try:
        found = onnx_file.read(data)
    except BadModel as error:
        raise Refusal(str(WHY_NOT[error.data["reason"]]), code="bad_model", field="file") from error
    by_name = {label.name.casefold(): label.pk for label in project.classes.all()}
    details: dict[str, Any] = {
        "image_size": found.image_size,
        "origin": {"file": PurePath(name).name, "made_with": found.made_with},
    }
    version = ModelVersion(
        kind=ModelVersion.Kind.DETECTOR, name=PurePath(name).stem[:160] or "detector",
        classes=[{"id": by_name.get(one.casefold()), "name": one} for one in found.names],
        sha256=sha256_of_bytes(data), bytes=len(data), details=details,
    )  # fmt: skip
    return version, data
