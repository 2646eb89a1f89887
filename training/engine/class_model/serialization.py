"""A class's few-shot model on disk: plain arrays and a JSON beside them, no pickles, under two megabytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from training.engine.class_model.bank import Bank, Entries
from training.engine.class_model.corrector import Corrector, Step
from training.engine.class_model.fit import ClassModel
from training.engine.class_model.head import ClassHead, LevelHead
from training.engine.class_model.keypoint_verifier import KeypointBank, KeypointVerifier
from training.engine.class_model.logistic import Linear
from training.engine.class_model.metrics import Measured
from training.engine.class_model.proposals import Proposer
from training.engine.class_model.suppression import SuppressionRules
from training.engine.class_model.verifier import Affinity, FeatureClassifier, Verifier
from training.engine.storage.files import Arrays, read_arrays, write_arrays, write_json


def head_arrays(head: ClassHead, prefix: str = "head") -> Arrays:
    """A head as plain arrays."""
    arrays: Arrays = {f"{prefix}_levels": np.array([level is not None for level in head.levels])}
    for place, level in enumerate(head.levels):
        if level is not None:
            arrays[f"{prefix}{place}_weight"] = level.weight
            arrays[f"{prefix}{place}_bias"] = np.float64(level.bias).reshape(1)
            arrays[f"{prefix}{place}_box_weight"] = level.box_weight
            arrays[f"{prefix}{place}_box_bias"] = level.box_bias
    return arrays


def head_of(arrays: Arrays, prefix: str = "head") -> ClassHead:
    """The inverse of head_arrays."""
    levels: list[LevelHead | None] = []
    for place, there in enumerate(arrays[f"{prefix}_levels"]):
        names = [f"{prefix}{place}_{name}" for name in ("weight", "bias", "box_weight", "box_bias")]
        if not there:
            levels.append(None)
            continue
        weight, bias, box_weight, box_bias = (arrays[name] for name in names)
        levels.append(LevelHead(weight, float(bias[0]), box_weight, box_bias))
    return ClassHead(tuple(levels))


def proposer_arrays(proposer: Proposer, prefix: str = "") -> Arrays:
    """A class's head and corrector as plain arrays."""
    arrays = head_arrays(proposer.head, f"{prefix}head")
    if proposer.corrector is None:
        return arrays
    there = [[step is not None for step in levels] for levels in proposer.corrector.steps]
    arrays[f"{prefix}corrector"] = np.array(there)
    for number, levels in enumerate(proposer.corrector.steps):
        for place, step in enumerate(levels):
            if step is not None:
                arrays[f"{prefix}corrector{number}{place}_weight"] = step.weight
                arrays[f"{prefix}corrector{number}{place}_bias"] = step.bias
    return arrays


def proposer_of(arrays: Arrays, prefix: str = "") -> Proposer:
    """The inverse of finder_arrays."""
    head = head_of(arrays, f"{prefix}head")
    if f"{prefix}corrector" not in arrays:
        return Proposer(head, None)
    steps = []
    for number, levels in enumerate(arrays[f"{prefix}corrector"]):
        names = [f"{prefix}corrector{number}{place}" for place in range(len(levels))]
        steps.append(tuple(
            Step(arrays[f"{name}_weight"], arrays[f"{name}_bias"]) if there else None
            for name, there in zip(names, levels, strict=True)
        ))  # fmt: skip
    return Proposer(head, Corrector(tuple(steps)))


def keypoint_arrays(keypoint_verifier: KeypointVerifier | None) -> Arrays:
    """A class's second look as plain arrays; nothing where it has none."""
    if keypoint_verifier is None:
        return {}
    fusion = keypoint_verifier.fusion
    return {
        **keypoint_verifier.bank.arrays(), "likeness_weight": fusion.weight, "likeness_bias": np.array([fusion.bias]),
    }  # fmt: skip


def keypoint_verifier_of(arrays: Arrays) -> KeypointVerifier | None:
    """The inverse of likeness_arrays."""
    if "likeness_weight" not in arrays:
        return None
    return KeypointVerifier(
        KeypointBank.of_arrays(arrays), Linear(arrays["likeness_weight"], float(arrays["likeness_bias"][0]))
    )


def model_arrays(model: ClassModel) -> Arrays:
    """Verifier and bank as plain arrays."""
    entries, verifier = model.bank.entries, model.verifier
    return {
        **keypoint_arrays(model.keypoint_verifier),
        "crop_centre": verifier.crop.centre,
        "crop_spread": verifier.crop.spread,
        "crop_weight": verifier.crop.linear.weight,
        "crop_bias": np.array([verifier.crop.linear.bias]),
        "roi_centre": verifier.roi.centre,
        "roi_spread": verifier.roi.spread,
        "roi_weight": verifier.roi.linear.weight,
        "roi_bias": np.array([verifier.roi.linear.bias]),
        "affinity_weight": verifier.affinity.weight,
        "affinity_gate": np.array([verifier.affinity.gate]),
        "fusion_weight": verifier.fusion.weight,
        "fusion_bias": np.array([verifier.fusion.bias]),
        "bank_features": entries.features.astype(np.float16),
        "bank_positive": entries.positive,
        "bank_box_id": entries.box_id,
        "bank_image_id": entries.image_id,
        "bank_xyxy": entries.xyxy,
    }


def model_of(arrays: Arrays, facts: dict[str, Any]) -> ClassModel:
    """The inverse of taught_arrays, with what the JSON beside them says."""
    blank = np.zeros((len(arrays["bank_xyxy"]), 0), dtype=np.float32)
    entries = Entries(
        arrays["bank_features"].astype(np.float32), arrays["bank_positive"], arrays["bank_box_id"],
        arrays["bank_image_id"], arrays["bank_xyxy"], blank, blank,
    )  # fmt: skip
    affinity = Affinity(arrays["affinity_weight"], float(arrays["affinity_gate"][0]))
    fusion = Linear(arrays["fusion_weight"], float(arrays["fusion_bias"][0]))
    verifier = Verifier(_classifier_of(arrays, "crop"), _classifier_of(arrays, "roi"), affinity, fusion)
    return ClassModel(
        verifier, Bank(entries), SuppressionRules(**facts["rules"]), Measured(**facts["measured"]), facts["outliers"],
        facts.get("worst", []), keypoint_verifier_of(arrays),
    )  # fmt: skip


def _classifier_of(arrays: Arrays, name: str) -> FeatureClassifier:
    linear = Linear(arrays[f"{name}_weight"], float(arrays[f"{name}_bias"][0]))
    return FeatureClassifier(arrays[f"{name}_centre"], arrays[f"{name}_spread"], linear)


def model_facts(model: ClassModel) -> dict[str, Any]:
    """What of a class is words and numbers rather than arrays."""
    return {
        "rules": asdict(model.rules), "measured": asdict(model.measured), "outliers": model.outliers,
        "worst": model.errors,
    }  # fmt: skip


def save(folder: Path, class_id: int, proposer: Proposer, model: ClassModel, about: dict[str, Any]) -> None:
    """Writes class-ID.npz and class-ID.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(folder / f"class-{class_id}.npz", {**proposer_arrays(proposer), **model_arrays(model)})
    write_json(folder / f"class-{class_id}.json", {"schema": 1, "class_id": class_id, **about, **model_facts(model)})


def load(folder: Path, class_id: int) -> tuple[Proposer, ClassModel]:
    """Reads a class's model back. Raises ValueError where it is missing or broken."""
    arrays = read_arrays(folder / f"class-{class_id}.npz")
    if arrays is None:
        raise ValueError(f"class-{class_id}.npz is missing or broken")
    facts = json.loads((folder / f"class-{class_id}.json").read_text(encoding="utf-8"))
    return proposer_of(arrays), model_of(arrays, facts)
