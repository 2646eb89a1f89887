"""The zip of a class model from elsewhere, read with suspicion: no pickle, no path of its own, each size and hash
checked.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from projects.errors import Refusal
from projects.hashing import sha256_of_bytes
from training.model_versions.stored import WHY_NOT
from training.protocol import class_model_file
from training.protocol.errors import BadModel

MANIFEST, ARRAYS = "model.json", "class.npz"
MOST_FACTS = 2**20  # bytes of model.json
MEASURES = (
    "precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high", "f1", "ap50",
)  # fmt: skip
KEPT_FACTS = (*class_model_file.FACTS, "schema", "name", "seed", "gain", "class_id", "versions")


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A class model that was read. arrays: the bytes of its file; details: as ModelVersion keeps them."""

    name: str
    shots: int
    metrics: dict[str, Any]
    details: dict[str, Any]
    arrays: bytes
    sha256: str


def read(file: IO[bytes]) -> ImportedModel:
    """Raises Refusal: what is wrong, in a sentence."""
    manifest, arrays = _members(file)
    details = manifest.get("details")
    facts = details.get("model") if isinstance(details, dict) else None
    if not isinstance(facts, dict):
        raise _refused(
            _("It is no class model that LabelHub exported, or one of a version before models could be imported.")
        )
    digest = sha256_of_bytes(arrays)
    if manifest.get("sha256") != digest or manifest.get("bytes") != len(arrays):
        raise _refused(WHY_NOT["hash"])
    try:
        class_model_file.check_facts(facts)
        class_model_file.check_arrays(class_model_file.headers(io.BytesIO(arrays)))
    except BadModel as error:
        raise _refused(WHY_NOT[error.data["reason"]]) from error
    if class_model_file.encoder_of(facts) is None:
        raise _refused(WHY_NOT["engine"])
    measured = facts["measured"]
    metrics = {name: measured[name] for name in MEASURES if _number(measured.get(name))}
    metrics |= {name: measured[name] for name in ("measured", "pr_curve", "threshold_review", "threshold_auto")}
    kept = {name: facts[name] for name in KEPT_FACTS if name in facts} | {"outliers": [], "worst": []}
    origin = {"project": _text(manifest.get("project")), "name": _text(manifest.get("name")), "sha256": digest}
    version = manifest.get("version")
    return ImportedModel(
        name=origin["name"], shots=measured["shots"], metrics=metrics, arrays=arrays, sha256=digest,
        details={
            "model": kept, "budget": facts["budget"], "weights": _weights(facts), "versions": _versions(manifest),
            "origin": origin | {"version": version if type(version) is int else None},
        },
    )  # fmt: skip


def _members(file: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The manifest and the arrays' bytes. What else the zip holds is not looked at."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if "detector.pt" in names or any(name.endswith((".pt", ".pth", ".pkl")) for name in names):
                raise _refused(
                    _(
                        "A detector's file (.pt) is a program that would run here, so it is not imported. Use “Give "
                        "to a "
                        "project” on the same server, or convert the detector to ONNX there and import that."
                    ),
                    code="pickle",
                )
            if not {MANIFEST, ARRAYS} <= names:
                raise _refused(_("It is not the zip of a class model: model.json or class.npz is missing."))
            manifest = json.loads(_part(archive, MANIFEST, MOST_FACTS), parse_constant=lambda _name: None)
            arrays = _part(archive, ARRAYS, class_model_file.MOST_BYTES)
    except (zipfile.BadZipFile, ValueError, RecursionError, OSError, NotImplementedError, RuntimeError) as error:
        raise _refused(_("It is not the zip of a class model, or it is damaged.")) from error
    if not isinstance(manifest, dict):
        raise _refused(_("It is not the zip of a class model, or it is damaged."))
    return manifest, arrays


def _part(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """At most so many bytes, whatever the zip says of its size."""
    with archive.open(name) as stream:
        found = stream.read(most + 1)
    if len(found) > most:
        raise _refused(WHY_NOT["size"])
    return found


def _refused(words: Any, code: str = "bad_model") -> Refusal:
    return Refusal(_("This file was not imported. %(reason)s") % {"reason": words}, code=code, field="file")


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _text(value: Any) -> str:
    return str(value)[:160].replace("\0", "") if isinstance(value, str) else ""


def _weights(facts: dict[str, Any]) -> list[dict[str, str]]:
    return [{name: _text(one.get(name)) for name in ("name", "sha256", "origin")} for one in facts["weights"][:10]]


def _versions(manifest: dict[str, Any]) -> dict[str, str]:
    found = manifest["details"].get("versions")
    return {_text(name): _text(word) for name, word in list(found.items())[:10]} if isinstance(found, dict) else {}
