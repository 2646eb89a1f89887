"""The boxes of a class in a picture, by a class model without LabelHub: numpy, OpenCV, Pillow and onnxruntime.

    python class_model.py PICTURE FOLDER

FOLDER holds class.npz and model.json (the model's download), detector.onnx and encoder.onnx (its networks, from its
page), and second.onnx where the class has a second source. docs/class_model.md says what each array is.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps


def find(pixels, model, facts, detector, encoder, second=None):
    """(n, 4) boxes in pixels and (n,) probabilities, surest first. pixels: (h, w, 3) uint8 RGB; the rest sessions."""
    how = facts["tuning"]["detector"]
    seen = DetectorOutput(pixels, how, facts["input_size"], detector)
    other = DetectorOutput(pixels, how, how["second_side"], second) if "second_head_levels" in model else None
    boxes, signals = candidates(seen, other, model, facts)
    signals["crop"] = encoder.run(None, {"pixels": crops(pixels, boxes, facts)})[0]
    sure = probability(model, facts, signals)
    rules, keep = facts["rules"], []
    for at in np.argsort(-sure, kind="stable"):  # one box an object
        if sure[at] >= facts["measured"]["threshold_review"] and not any(
            iou(boxes, boxes[[one]])[at, 0] > rules["overlap"]
            or (not rules["nested"] and iou(boxes, boxes[[one]], smaller=True)[at, 0] > rules["inside"]) for one in keep
        ):  # fmt: skip
            keep.append(at)
    return boxes[keep], sure[keep]


class DetectorOutput:
    """What the detector says of a picture: its levels as (features, stride), its own boxes, best first, and their
    scores.
    """

    def __init__(self, pixels, how, side, detector):
        self.size = pixels.shape[1::-1]
        self.scale = side / max(self.size)
        width, height = (max(round(side * self.scale), 1) for side in self.size)
        small = cv2.resize(
            pixels, (width, height), interpolation=cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        )
        left, top = self.pad = -width % 32 // 2, -height % 32 // 2
        edges = top, -height % 32 - top, left, -width % 32 - left
        canvas = cv2.copyMakeBorder(small, *edges, cv2.BORDER_CONSTANT, value=(114, 114, 114))
        distances, logits, *maps = detector.run(None, {"pixels": canvas[None]})
        parts = len(maps) // 3  # of each level
        self.edge = maps[parts - 1].shape[1]  # channels of the box branch, the last ones
        self.levels = [self.level(maps[at : at + parts], canvas.shape[1]) for at in range(0, len(maps), parts)]
        centres = np.concatenate([centres_of(*level) for level in self.levels])
        strides = np.concatenate([np.full((len(centres_of(*level)), 1), level[1]) for level in self.levels])
        best = sigmoid(logits[0].max(axis=0))
        first = np.argsort(-best, kind="stable")[: how["most_anchors"]]
        first = first[best[first] > how["least_score"]]
        reach = distances[0].T[first] * strides[first]
        own = self.to_image(np.concatenate([centres[first] - reach[:, :2], centres[first] + reach[:, 2:]], axis=1))
        real = (own[:, 2:] - own[:, :2] > 1).all(axis=1)
        own, first = own[real], first[real]
        keep = nms(own, best[first], how["overlap"])[: how["most_proposals"]]
        self.boxes, self.score, self.classes = own[keep], best[first[keep]], sigmoid(logits[0].T[first[keep]])

    def level(self, parts, width):
        rows = np.concatenate([part[0] for part in parts]).transpose(1, 2, 0)
        step = np.maximum(np.abs(rows).max(axis=(0, 1)), 1e-6) / 127  # the engine keeps them as int8
        return (np.rint(rows / step) * step).astype(np.float32), width // rows.shape[1]

    def to_network(self, boxes):
        return (boxes * self.scale + np.tile(self.pad, 2)).astype(np.float32)

    def to_image(self, boxes):
        return np.clip((boxes - np.tile(self.pad, 2)) / self.scale, 0, np.tile(self.size, 2)).astype(np.float32)

    def generic(self, boxes, how):
        """(n,) the best score of the detector's own boxes where these lie."""
        near = iou(boxes, self.boxes)
        return (near * self.score * (near > how["same_place"])).max(axis=1, initial=how["least_generic"])

    def pooled(self, boxes, most_cells):
        """(n, c) mean features inside boxes, all levels side by side."""
        rows = []
        for box in self.to_network(boxes):
            row = []
            for features, stride in self.levels:
                height, width = features.shape[:2]
                x1, y1, x2, y2 = np.clip(np.round(box / stride).astype(int), 0, [width, height, width, height])
                x1, y1 = min(x1, width - 1), min(y1, height - 1)
                inside = features[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].reshape(-1, features.shape[2])
                row.append(inside[:: len(inside) // most_cells + 1].mean(axis=0))
            rows.append(np.concatenate(row))
        return np.stack(rows)


def candidates(seen, other, model, facts):
    """(n, 4) boxes that may be the class, best first, and what `probability` needs of them but for their crops.

    other: what the second detector sees, where the class has a second source: its boxes count where there are none.
    """
    how, head, limits = (facts["tuning"].get(name) for name in ("proposals", "head", "second_source"))
    boxes, believed, support, logits, (pool, rank) = proposed(seen, model, facts, facts["most_candidates"])
    signals = {}
    if other is not None:
        own = {name.removeprefix("second_"): rows for name, rows in model.items() if name.startswith("second_")}
        more, _, _, other_logits, _ = proposed(other, own, facts, limits["most_candidates"])
        more = more[iou(more, boxes).max(axis=1, initial=0) < how["agree"]]
        boxes, believed = np.concatenate([boxes, more]), np.concatenate([believed, logits_at(seen, logits, more, head)])
        support = np.concatenate([support, (iou(more, pool) >= how["agree"]) @ sigmoid(rank)])
        signals["second"] = np.clip(logits_at(other, other_logits, boxes, head), -limits["clip"], limits["clip"])
    near = iou(boxes, seen.boxes)
    near[near <= how["same_place"]] = 0
    classes = (near[:, :, None] * seen.classes).max(axis=1, initial=0)
    return boxes, {"head": believed, "generic": seen.generic(boxes, how), "support": support, "classes": classes,
                   "roi": seen.pooled(boxes, how.get("pooled_cells", 150)), **signals}  # fmt: skip


def proposed(seen, model, facts, most):
    """The best boxes of head and detector, corrected and joined: (n, 4), (n,) the head's log odds, (n,) how many
    agreed; then the head's log odds per level, and all boxes before they were joined with their ranks.
    """
    how, head = facts["tuning"]["proposals"], facts["tuning"]["head"]
    logits = [head_logits(model, at, features.reshape(-1, features.shape[2])) if there else None
              for at,
              ((features, _), there) in enumerate(zip(seen.levels, model["head_levels"], strict=True))]  # fmt: skip
    own, own_logit = own_boxes(seen, model, logits, head)
    keep = nms(own, own_logit, head["overlap"])[: 2 * most]
    raw = np.concatenate([own[keep], seen.boxes])
    believed = np.concatenate([own_logit[keep], logits_at(seen, logits, seen.boxes, head)])
    score = seen.generic(raw, how)
    rank = how["head_weight"] * np.clip(believed, -how["head_limit"], how["head_limit"]) + how[
        "generic_weight"
    ] * logit(score)
    tight = np.arange(len(raw)) >= len(keep)
    tight[len(keep) :] = seen.score >= how["tight"]
    boxes = raw.copy()
    boxes[~tight] = corrected(seen, model, raw[~tight], facts["tuning"]["corrector"])
    first = nms(boxes, rank, how["agree"])
    near = iou(boxes[first], boxes)
    owner = np.where(near.max(axis=0) >= how["agree"], near.argmax(axis=0), -1)
    weight = sigmoid(rank) * (1 + np.where(tight, how["lead"] * score, 0)) + 1e-4
    joined, support = np.zeros((len(first), 4), np.float32), np.zeros(len(first))
    for place, at in enumerate(first):
        mine = (owner == place) | (np.arange(len(boxes)) == at)
        joined[place] = (boxes[mine] * weight[mine, None]).sum(axis=0) / weight[mine].sum()
        support[place] = sigmoid(rank[mine]).sum()
    return joined[:most], believed[first[:most]], support[:most], logits, (boxes, rank)


def own_boxes(seen, model, logits, how):
    """The boxes that the class's own head sees, surest first, with its log odds."""
    boxes, sure = [np.zeros((0, 4))], [np.zeros(0)]
    for at, (level, own) in enumerate(zip(seen.levels, logits, strict=True)):
        if own is not None:
            top = np.argsort(-own, kind="stable")[: how["top"]]
            features = level[0].reshape(-1, level[0].shape[2])[top]
            distances = features @ model[f"head{at}_box_weight"] + model[f"head{at}_box_bias"]
            reach, centres = np.exp(np.clip(distances, -4, 5)) * level[1], centres_of(*level)[top]
            boxes.append(np.concatenate([centres - reach[:, :2], centres + reach[:, 2:]], axis=1))
            sure.append(own[top])
    boxes, sure = seen.to_image(np.concatenate(boxes)), np.concatenate(sure)
    order = np.argsort(-sure, kind="stable")[: how["top"]]
    order = order[(boxes[order, 2:] - boxes[order, :2] > 1).all(axis=1)]
    return boxes[order], sure[order]


def logits_at(seen, logits, boxes, how):
    """(n,) the head's log odds at the middle of boxes, on the levels that suit their size."""
    best = np.full(len(boxes), how["absent"])
    for place, ((features, stride), own) in enumerate(zip(seen.levels, logits, strict=True)):
        for at, box in enumerate(seen.to_network(boxes) if own is not None else ()):
            ratio = np.sqrt(np.prod(box[2:] - box[:2])) / stride
            if (place and ratio < how["low_ratio"]) or (place < len(logits) - 1 and ratio > how["high_ratio"]):
                continue
            half = np.maximum((box[2:] - box[:2]) / 2, 1e-3)
            offset = np.abs((centres_of(features, stride) - (box[:2] + box[2:]) / 2) / half).max(axis=1)
            near = np.argsort(offset, kind="stable")[: how["nearest"]]
            best[at] = max(best[at], own[near[(offset[near] < how["centre"]) | (np.arange(len(near)) == 0)]].max())
    return best


def corrected(seen, model, boxes, how):
    """Boxes pulled to the edges of the object that they lie on; as they are where the class has no box regressor."""
    inner, count = seen.to_network(boxes), len(seen.levels)
    for number, levels in enumerate(model.get("corrector", ())):
        size = np.sqrt(np.clip(inner[:, 2:] - inner[:, :2], 1, None).prod(axis=1))
        place = np.clip(np.round(np.log2(size / how["cells"] / 8)), 0, count - 1)
        for at in np.flatnonzero(levels):
            rows = np.flatnonzero(place == at)
            seen_there = around(*seen.levels[at], seen.edge, inner[rows], how["grid"])
            shift = seen_there @ model[f"corrector{number}{at}_weight"] + model[f"corrector{number}{at}_bias"]
            sides = np.tile(inner[rows, 2:] - inner[rows, :2], 2)
            moved = inner[rows] + np.clip(shift, -how["farthest"], how["farthest"]) * sides
            middle, half = (moved[:, :2] + moved[:, 2:]) / 2, np.maximum((moved[:, 2:] - moved[:, :2]) / 2, 0.5)
            inner[rows] = np.concatenate([middle - half, middle + half], axis=1)
    return seen.to_image(inner)


def around(features, stride, edge, boxes, grid):
    """(n, grid * grid * edge) the box branch's features on a grid over each box, interpolated between cells."""
    height, width = features.shape[:2]
    middle, half, unit = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2, np.linspace(-1, 1, grid)
    xs = np.clip((middle[:, :1] + half[:, :1] * unit) / stride - 0.5, 0, width - 1)[:, None, :, None]
    ys = np.clip((middle[:, 1:] + half[:, 1:] * unit) / stride - 0.5, 0, height - 1)[:, :, None, None]
    left, top, mixed = np.floor(xs).astype(int), np.floor(ys).astype(int), 0
    for x, x_share in ((left, 1 - xs + left), (np.minimum(left + 1, width - 1), xs - left)):
        for y, y_share in ((top, 1 - ys + top), (np.minimum(top + 1, height - 1), ys - top)):
            mixed = mixed + features[y[..., 0], x[..., 0], -edge:] * x_share * y_share
    return mixed.reshape(len(boxes), grid * grid * edge)


def crops(pixels, boxes, facts):
    """(n, side, side, 3) uint8: boxes with a little around them, each as a square."""
    how, (height, width) = facts["tuning"]["encoder"], pixels.shape[:2]
    kind = next(side for name, side in SIDES.items() if name in {row["name"] for row in facts["weights"]})
    side = kind if facts["budget"] == "best" else min(kind, how["fast_side"])
    step = 2 ** np.floor(np.log2(np.maximum(boxes[:, 2:] - boxes[:, :2], 1) / how["snap"]))  # as the engine's cache
    snapped = np.round(boxes / np.tile(step, 2)) * np.tile(step, 2)
    out = np.full((len(boxes), side, side, 3), 114, np.uint8)
    for canvas, box in zip(out, snapped, strict=True):
        half = max(*(box[2:] - box[:2]), 2.0) * (0.5 + how["context"])
        x, y = (box[:2] + box[2:]) / 2
        scale = side / (2 * half)
        x1, y1 = int(max(x - half, 0)), int(max(y - half, 0))
        x2, y2 = int(min(np.ceil(x + half), width)), int(min(np.ceil(y + half), height))
        if x2 > x1 and y2 > y1:
            wide, high = (min(max(round(long * scale), 1), side) for long in (x2 - x1, y2 - y1))
            way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            part = cv2.resize(pixels[y1:y2, x1:x2], (wide, high), interpolation=way)
            left = min(max(round((x1 - x + half) * scale), 0), side - wide)
            top = min(max(round((y1 - y + half) * scale), 0), side - high)
            canvas[top : top + high, left : left + wide] = part
    return out


SIDES = {
    "efficientnet-lite2.pth": 260,
    "efficientnet-lite0.pth": 224,
    "dinov2_vits14_pretrain.pth": 224,
}  # that the encoders were trained at


def probability(model, facts, boxes):
    """(n,) probabilities of n boxes. model: the arrays of class.npz; facts: `details.model` of model.json.

    boxes: crop (n, d), roi (n, c), classes (n, k), head (n,), generic (n,), support (n,), and second (n,) if there is.
    """
    v, bank = facts["tuning"]["verifier"], facts["tuning"]["bank"]
    crop = boxes["crop"] / np.linalg.norm(boxes["crop"], axis=1, keepdims=True)
    floor = v["class_floor"]
    affinity = (np.log(boxes["classes"] + floor) - np.log(floor)) @ model["affinity_weight"] - v["class_typical"]
    near, far = (nearest(crop @ model["bank_features"][model["bank_positive"] == side].T.astype(np.float32), bank)
                 for side in (True, False))  # fmt: skip
    signals = [
        classified(model, "crop", crop), classified(model, "roi", boxes["roi"]),
        np.clip(boxes["head"], -v["clip"], v["clip"]), logit(boxes["generic"]), near - far,
        np.log1p(boxes["support"]), model["affinity_gate"][0] * affinity,
    ]  # fmt: skip
    rows = np.stack(signals, axis=1) - np.array(v["centre"])
    if "second" in boxes:
        rows = np.concatenate([rows, boxes["second"][:, None]], axis=1)
    return sigmoid(rows @ model["fusion_weight"] + model["fusion_bias"][0])


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


def centres_of(features, stride):
    """(anchors, 2) in pixels of the network's input."""
    ys, xs = np.mgrid[0 : features.shape[0], 0 : features.shape[1]]
    return np.stack([xs.ravel() + 0.5, ys.ravel() + 0.5], axis=1) * stride


def iou(a, b, smaller=False):
    """(n, m) intersection over union, or over the smaller box."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    one, other = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b))
    whole = np.minimum(one[:, None], other[None]) if smaller else one[:, None] + other[None] - inner
    return inner / np.maximum(whole, 1e-9)


def nms(boxes, score, limit):
    """Indices that stay, best first: a box goes when a better one overlaps it by more than `limit`."""
    overlaps, keep = iou(boxes, boxes), []
    for at in np.argsort(-score, kind="stable"):
        if not (overlaps[at, keep] > limit).any():
            keep.append(at)
    return np.array(keep, dtype=int)


def sigmoid(value):
    return 1 / (1 + np.exp(-np.clip(value, -60, 60)))


def logit(share):
    share = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))


if __name__ == "__main__":
    import onnxruntime

    picture, folder = map(Path, sys.argv[1:])
    upright = np.array(ImageOps.exif_transpose(Image.open(picture)).convert("RGB"))
    arrays = dict(np.load(folder / "class.npz", allow_pickle=False))
    about = json.loads((folder / "model.json").read_text())["details"]["model"]
    names = ["detector", "encoder"] + ["second"] * ("second_head_levels" in arrays)
    networks = [onnxruntime.InferenceSession(folder / f"{name}.onnx") for name in names]
    for box, sure in zip(*find(upright, arrays, about, *networks), strict=True):
        print(f"{sure:.3f}", *(f"{edge:.1f}" for edge in box))
