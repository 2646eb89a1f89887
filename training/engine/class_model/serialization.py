"""A class model as plain arrays and plain values: no pickles, under two megabytes on disk."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from training.engine.class_model.bank import Bank, Entries
from training.engine.class_model.corrector import Corrector, Step
from training.engine.class_model.head import ClassHead, LevelHead
from training.engine.class_model.keypoint_verifier import KeypointBank, KeypointVerifier
from training.engine.class_model.logistic import Linear
from training.engine.class_model.metrics import ClassMetrics
from training.engine.class_model.model import ClassModel
from training.engine.class_model.proposals import CorrectorGain, Proposer
from training.engine.class_model.second_source import SecondSource
from training.engine.class_model.suppression import SuppressionRules
from training.engine.class_model.verifier import Affinity, FeatureClassifier, Verifier
from training.engine.storage.files import Arrays, read_arrays, write_arrays, write_json
from training.engine.tuning import Tuning
from training.engine.tuning.class_model import CorrectorSettings, HeadSettings, KeypointSettings
from training.protocol.class_model_file import SCHEMA, SIGNALS, Header, check_arrays, check_facts
from training.protocol.errors import BadModel
from training.protocol.hashing import sha256_of
from training.protocol.job import StoredModel

T = TypeVar("T")
SECOND = "second_"  # before the names of the second source's arrays


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


def head_of(arrays: Arrays, settings: HeadSettings, prefix: str = "head") -> ClassHead:
    """The inverse of head_arrays."""
    levels: list[LevelHead | None] = []
    for place, there in enumerate(arrays[f"{prefix}_levels"]):
        names = [f"{prefix}{place}_{name}" for name in ("weight", "bias", "box_weight", "box_bias")]
        if not there:
            levels.append(None)
            continue
        weight, bias, box_weight, box_bias = (arrays[name] for name in names)
        levels.append(LevelHead(weight, float(bias[0]), box_weight, box_bias))
    return ClassHead(tuple(levels), settings)


def proposer_arrays(proposer: Proposer) -> Arrays:
    """A class's head and corrector as plain arrays."""
    arrays = head_arrays(proposer.head)
    if proposer.corrector is None:
        return arrays
    there = [[step is not None for step in levels] for levels in proposer.corrector.steps]
    arrays["corrector"] = np.array(there)
    for number, levels in enumerate(proposer.corrector.steps):
        for place, step in enumerate(levels):
            if step is not None:
                arrays[f"corrector{number}{place}_weight"] = step.weight
                arrays[f"corrector{number}{place}_bias"] = step.bias
    return arrays


def proposer_of(arrays: Arrays, head_settings: HeadSettings, settings: CorrectorSettings) -> Proposer:
    """The inverse of proposer_arrays."""
    head = head_of(arrays, head_settings)
    if "corrector" not in arrays:
        return Proposer(head, None)
    steps = []
    for number, levels in enumerate(arrays["corrector"]):
        names = [f"corrector{number}{place}" for place in range(len(levels))]
        steps.append(tuple(
            Step(arrays[f"{name}_weight"], arrays[f"{name}_bias"]) if there else None
            for name, there in zip(names, levels, strict=True)
        ))  # fmt: skip
    return Proposer(head, Corrector(tuple(steps), settings))


def keypoint_arrays(keypoint_verifier: KeypointVerifier | None) -> Arrays:
    """A keypoint verifier as plain arrays; nothing where a class has none."""
    if keypoint_verifier is None:
        return {}
    fusion = keypoint_verifier.fusion
    return {
        **keypoint_verifier.bank.arrays(), "likeness_weight": fusion.weight, "likeness_bias": np.array([fusion.bias]),
    }  # fmt: skip


def keypoint_verifier_of(arrays: Arrays, settings: KeypointSettings) -> KeypointVerifier | None:
    """The inverse of likeness_arrays."""
    if "likeness_weight" not in arrays:
        return None
    fusion = Linear(arrays["likeness_weight"], float(arrays["likeness_bias"][0]))
    return KeypointVerifier(KeypointBank.of_arrays(arrays, settings), fusion)


def model_arrays(model: ClassModel) -> Arrays:
    """Head, corrector, verifier and bank as plain arrays; `model_facts` holds the rest."""
    entries, verifier = model.bank.entries, model.verifier
    second = proposer_arrays(model.second.proposer) if model.second else {}
    signals = SIGNALS + (model.second is not None)
    return {
        **proposer_arrays(model.proposer),
        **{f"{SECOND}{name}": rows for name, rows in second.items()},
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
        "fusion_weight": verifier.fusion.weight[:signals],
        "fusion_bias": np.array([verifier.fusion.bias]),
        "bank_features": entries.features.astype(np.float16),
        "bank_positive": entries.positive,
        "bank_box_id": entries.box_id,
        "bank_image_id": entries.image_id,
        "bank_xyxy": entries.xyxy,
    }


def model_of(arrays: Arrays, facts: dict[str, Any], tuning: Tuning) -> ClassModel:
    """The inverse of model_arrays and model_facts."""
    blank = np.zeros((len(arrays["bank_xyxy"]), 0), dtype=np.float32)
    entries = Entries(
        arrays["bank_features"].astype(np.float32), arrays["bank_positive"], arrays["bank_box_id"],
        arrays["bank_image_id"], arrays["bank_xyxy"], blank, blank,
    )  # fmt: skip
    affinity = Affinity(arrays["affinity_weight"], float(arrays["affinity_gate"][0]), tuning.verifier)
    weight = np.zeros(SIGNALS + 1, dtype=np.float32)
    weight[: len(arrays["fusion_weight"])] = arrays["fusion_weight"]
    fusion = Linear(weight, float(arrays["fusion_bias"][0]))
    crop, roi = _classifier_of(arrays, "crop"), _classifier_of(arrays, "roi")
    return ClassModel(
        proposer_of(arrays, tuning.head, tuning.corrector), Verifier(crop, roi, affinity, fusion, tuning.verifier),
        Bank(entries, tuning.bank), SuppressionRules(**facts["rules"]), ClassMetrics(**facts["measured"]),
        facts["outliers"], facts["worst"], keypoint_verifier_of(arrays, tuning.keypoints),
        CorrectorGain(**facts["gain"]) if facts["gain"] else None,
        facts["input_size"], facts["most_candidates"], tuning, _second_of(arrays, tuning), facts.get("second_gain"),
    )  # fmt: skip


def _second_of(arrays: Arrays, tuning: Tuning) -> SecondSource | None:
    own = {name.removeprefix(SECOND): rows for name, rows in arrays.items() if name.startswith(SECOND)}
    return SecondSource(proposer_of(own, tuning.head, tuning.corrector), tuning) if own else None


def _classifier_of(arrays: Arrays, name: str) -> FeatureClassifier:
    linear = Linear(arrays[f"{name}_weight"], float(arrays[f"{name}_bias"][0]))
    return FeatureClassifier(arrays[f"{name}_centre"], arrays[f"{name}_spread"], linear)


def model_facts(model: ClassModel) -> dict[str, Any]:
    """The plain values of a class model: rules, figures, thresholds."""
    return {
        "rules": asdict(model.rules), "measured": asdict(model.measured), "outliers": model.outliers,
        "worst": model.errors, "gain": model.gain and asdict(model.gain), "input_size": model.input_size,
        "most_candidates": model.most_candidates, "second_gain": model.second_gain,
    }  # fmt: skip


def save(folder: Path, class_id: int, model: ClassModel, about: dict[str, Any]) -> None:
    """Writes class-ID.npz and class-ID.json, with the settings that the model was fitted with."""
    folder.mkdir(parents=True, exist_ok=True)
    write_arrays(folder / f"class-{class_id}.npz", model_arrays(model))
    facts = {"schema": SCHEMA, "class_id": class_id, **about, **model_facts(model), "tuning": asdict(model.tuning)}
    write_json(folder / f"class-{class_id}.json", facts)


def load(stored: StoredModel) -> ClassModel:
    """A model that an earlier run left, with the settings that it was fitted with. Raises BadModel."""
    check_facts(stored.facts)
    if not stored.file.is_file() or sha256_of(stored.file) != stored.sha256:
        raise BadModel("The file of the class model is not there, or is not the one that was kept.", reason="hash")
    arrays = read_arrays(stored.file)
    if arrays is None:
        raise BadModel("The file of the class model cannot be read.", reason="unreadable")
    check_arrays({name: Header(rows.dtype.kind, rows.dtype.itemsize, rows.shape) for name, rows in arrays.items()})
    if not all(np.isfinite(rows).all() for rows in arrays.values()):
        raise BadModel("The file of the class model holds numbers that are not finite.", reason="arrays")
    tuning = settings_of(Tuning, stored.facts["tuning"])
    known = arrays["bank_box_id"] >= 0
    arrays["bank_box_id"] = np.where(known, arrays["bank_box_id"] + stored.first_box, -1)
    if not stored.own:
        arrays["bank_image_id"] = np.full_like(arrays["bank_image_id"], -1)
    model = model_of(arrays, {"gain": None, **stored.facts}, tuning)
    if not stored.own:
        return replace(model, outliers=[], errors=[])
    return replace(model, outliers=[number + stored.first_box for number in model.outliers])


def settings_of(kind: type[T], values: Any) -> T:
    """Settings from plain values; a field that they lack has its default. Raises BadModel for one that is unknown."""
    usual = kind()
    given = values if isinstance(values, dict) else {}
    names = {one.name for one in fields(usual)}  # type: ignore[arg-type]
    if odd := given.keys() - names:
        words = f"The class model was made with settings that this version does not know: {', '.join(sorted(odd))}."
        raise BadModel(words, reason="engine")
    own = {}
    for name, value in given.items():
        before = getattr(usual, name)
        own[name] = settings_of(type(before), value) if is_dataclass(before) else _plain(value)
        if not _alike(own[name], before):
            raise BadModel(f"The class model was made with a {name} that this version cannot use.", reason="engine")
    return kind(**own)


def _plain(value: Any) -> Any:
    """JSON knows no tuples."""
    return tuple(map(_plain, value)) if isinstance(value, list) else value


def _alike(value: Any, usual: Any) -> bool:
    """Whether a value is of the usual one's type; whole numbers stand for others too."""
    numbers = (int, float)
    if type(usual) in numbers:
        return type(value) in numbers
    return type(value) is type(usual)
