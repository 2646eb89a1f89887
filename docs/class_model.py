"""How sure a class model is of boxes: class.npz and numpy, nothing of LabelHub. docs/class_model.md says what goes in."""

import numpy as np


def probability(model, facts, boxes):
    """(n,) probabilities of n boxes. model: the arrays of class.npz; facts: `details.model` of model.json.

    boxes: crop (n, d), roi (n, c), classes (n, k), head (n,), generic (n,), support (n,).
    """
    v, bank = facts["tuning"]["verifier"], facts["tuning"]["bank"]
    crop = boxes["crop"] / np.linalg.norm(boxes["crop"], axis=1, keepdims=True)
    floor = v["class_floor"]
    affinity = (np.log(boxes["classes"] + floor) - np.log(floor)) @ model["affinity_weight"] - v["class_typical"]
    near, far = (nearest(crop @ model["bank_features"][model["bank_positive"] == side].T.astype(np.float32), bank)
                 for side in (True, False))  # fmt: skip
    p = np.clip(boxes["generic"], 1e-6, 1 - 1e-6)
    signals = [
        classified(model, "crop", crop), classified(model, "roi", boxes["roi"]),
        np.clip(boxes["head"], -v["clip"], v["clip"]), np.log(p / (1 - p)), near - far,
        np.log1p(boxes["support"]), model["affinity_gate"][0] * affinity,
    ]  # fmt: skip
    rows = np.stack(signals, axis=1) - np.array(v["centre"])
    return 1 / (1 + np.exp(-(rows @ model["fusion_weight"] + model["fusion_bias"][0])))


def classified(model, name, features):
    """(n,) log odds by a linear classifier of crop or roi features."""
    framed = (features - model[f"{name}_centre"]) / model[f"{name}_spread"]
    framed /= np.maximum(np.linalg.norm(framed, axis=1, keepdims=True), 1e-9)
    return framed @ model[f"{name}_weight"] + model[f"{name}_bias"][0]


def nearest(similarity, bank):
    """(n,) soft mean of each row's highest cosines; 0 where the bank has none of that side."""
    best = -np.sort(-similarity, axis=1)[:, : bank["soft"]]
    weight = np.exp(bank["sharpness"] * (best - best[:, :1]))
    return (best * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)


def head_logits(model, level, features):
    """(anchors,) log odds of the class at each anchor of a level. features: (anchors, c) of the frozen detector."""
    return features @ model[f"head{level}_weight"] + model[f"head{level}_bias"][0]
