"""A model version as a zip to take along: its weights, a model card for people and model.json for programs,
streamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.text import slugify

from annotations.exports.streamed_zip import zipped
from annotations.formats import Member
from projects.images.file_views import chunks_of
from training.analysis import held_out_errors
from training.models import ConvertedModel, ModelVersion

LICENCE_NOTE = (
    "AGPL-3.0-or-later. The weights were made with Ultralytics' detectors (AGPL-3.0, code and weights): whoever "
    "offers a "
    "service with them offers its users the source under the same licence, or holds a licence of Ultralytics."
)


def archive_name(model: ModelVersion) -> str:
    """The download's file name."""
    return f"{slugify(model.name) or 'model'}-v{model.version}.zip"


def converted_name(converted: ConvertedModel) -> str:
    """The download's file name of a converted model."""
    ending = "onnx" if converted.format == ConvertedModel.Format.ONNX else "openvino.zip"
    if converted.model.kind == ModelVersion.Kind.FEWSHOT:
        ending = "networks.zip"  # with what lies under it
    return archive_name(converted.model).removesuffix("zip") + ending


def chunks(model: ModelVersion) -> Iterator[bytes]:
    """The zip, piece by piece; the weights are never whole in memory."""
    described_bytes = json.dumps(described(model), ensure_ascii=False, indent=2).encode()
    return zipped(
        [
            Member("MODEL_CARD.md", (card(model).encode(),)),
            Member("model.json", (described_bytes,)),
            Member(model.file_name, chunks_of(model.file.open("rb"))),
        ],
        model.created_at,
    )


def _what_it_is(model: ModelVersion) -> str:
    if model.kind == ModelVersion.Kind.DETECTOR:
        what = "an Ultralytics checkpoint" if model.file_name.endswith(".pt") else "a detector as ONNX, from elsewhere"
        return f"{what}: `YOLO('{model.file_name}')` loads it, and LabelHub runs it as a detector of its project"
    return (
        "what the class learned, as NumPy arrays (`numpy.load`): head, box regressor, features of the shots, verifier "
        "and "
        "thresholds. LabelHub imports this zip and labels images with it; docs/class_model.md says what each array "
        "is, and has a "
        "script that runs it without LabelHub"
    )


def described(model: ModelVersion) -> dict[str, Any]:
    """Everything that is known of a model, for programs."""
    return {
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "project": model.project.name,
        "created_at": model.created_at.isoformat(),
        "classes": model.classes,
        "shots": model.shots,
        "file": model.file_name,
        "sha256": model.sha256,
        "bytes": model.bytes,
        "metrics": held_out_errors.without(model.metrics),
        "details": model.details,
        "run": {"number": model.run.number, "params": model.run.params} if model.run else None,
    }


def card(model: ModelVersion) -> str:
    """The model card: what it finds, what it was made from, how good it is on its own data, and under which licence."""
    details, base = model.details, ", ".join(entry["name"] for entry in model.base_classes)
    lines = [
        f"# {model.name}, version {model.version}",
        "",
        f"{model.get_kind_display()} of the project “{model.project.name}”, made {model.created_at:%Y-%m-%d %H:%M} UTC"
        + (f" by run #{model.run.number}." if model.run else "."),
        "",
        "## Classes",
        *(f"- {entry['name']}" for entry in model.own_classes),
        *([f"- kept of its base: {base}"] if base else []),
        "",
        "## Made from",
        f"- {model.shots} boxes drawn or accepted by people",
        *(f"- pretrained weights {row.get('name')} (sha256 {row.get('sha256')}, from {row.get('origin')})"
          for row in details.get("weights") or []),
        *(f"- {name} {version}" for name, version in (details.get("versions") or {}).items()),
        *(
            f"- {name.replace('_', ' ')}: {details[name]}"
            for name in ("base", "epochs", "image_size", "seed")
            if name in details
        ),
        "",
        "## Quality",
        *_quality(model.metrics),
        "",
        "## File",
        f"- {model.file_name}: {model.bytes} bytes, sha256 {model.sha256}",
        f"- {_what_it_is(model)}",
        "",
        "## Licence",
        LICENCE_NOTE,
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _quality(metrics: dict[str, Any]) -> list[str]:
    if metrics.get("measured") == "none":
        return ["Not measurable yet: fewer than 5 shots."]
    rows = [f"- {name}: {value:.3f}" for name, value in metrics.items() if isinstance(value, float)]
    if metrics.get("measured") == "loo":
        rows.append("- measured by leaving one image out over the project's own shots")
    return rows or ["No measurement was made."]
