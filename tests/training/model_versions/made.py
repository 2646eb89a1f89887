"""A class model as the engine leaves one, small and untaught: right in form, for tests that do not run it."""

from __future__ import annotations

import io
import uuid
from typing import Any

import numpy as np
from django.core.files.base import ContentFile

from annotations.models import LabelClass
from projects.hashing import sha256_of_bytes
from training.models import ModelVersion


def arrays(**other: np.ndarray) -> dict[str, np.ndarray]:
    zero = np.zeros(3, np.float32)
    one = np.zeros(1)
    return {
        "head_levels": np.array([True, False, False]),
        "head0_weight": zero, "head0_bias": one, "head0_box_weight": np.zeros((3, 4), np.float32),
        "head0_box_bias": np.zeros(4, np.float32),
        **{f"{part}_{name}": zero for part in ("crop", "roi") for name in ("centre", "spread", "weight")},
        "crop_bias": one, "roi_bias": one, "fusion_bias": one, "fusion_weight": np.zeros(7, np.float32),
        "affinity_weight": np.zeros(80, np.float32), "affinity_gate": one,
        "bank_features": np.zeros((2, 3), np.float16), "bank_positive": np.array([True, False]),
        "bank_box_id": np.array([1, -1]), "bank_image_id": np.array([1, 1]), "bank_xyxy": np.zeros((2, 4), np.float32),
    } | other  # fmt: skip


def npz(values: dict[str, np.ndarray]) -> bytes:
    out = io.BytesIO()
    np.savez(out, **values)
    return out.getvalue()


def facts(**other: Any) -> dict[str, Any]:
    return {
        "schema": 1, "class_id": 7, "name": "fox", "seed": 0, "budget": "fast", "detector": "d", "encoder": "e",
        "boxes": [1], "weights": [{"name": "efficientnet-lite2.pth", "sha256": "0" * 64, "origin": "folder"}],
        "rules": {"overlap": 0.5, "nested": True, "inside": 0.85}, "outliers": [1], "worst": [{"image_id": 1}],
        "gain": None,
        "measured": {
            "shots": 12, "threshold_review": 0.4, "threshold_auto": 0.9, "measured": "loo", "precision": 0.9,
            "pr_curve": [[0.8, 0.9, 0.5]],
        },
        "input_size": 640, "most_candidates": 100, "tuning": {},
    } | other  # fmt: skip


def make_model(label: LabelClass, version: int = 1, data: bytes | None = None, **fields: Any) -> ModelVersion:
    data = npz(arrays()) if data is None else data
    details = {"model": facts(name=label.name), "learned_from": f"{version}"} | fields.pop("details", {})
    model = ModelVersion(
        project=label.project, kind=ModelVersion.Kind.FEWSHOT, label=label, name=label.name, version=version,
        classes=[{"id": label.pk, "name": label.name}], sha256=sha256_of_bytes(data), bytes=len(data), shots=12,
        details=details, metrics={"precision": 0.9, "outlier_box_ids": [str(uuid.uuid4())], "worst": []}, **fields,
    )  # fmt: skip
    model.file.save("class.npz", ContentFile(data), save=False)
    model.save()
    return model
