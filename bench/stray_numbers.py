"""Numbers of the engine that look tuned and lie elsewhere than in `training/engine/tuning/`."""

from __future__ import annotations

import ast
from pathlib import Path

# Halves, doubles and ends of ranges are arithmetic; what is not is tuned, or it is a fact with a name of its own.
PLAIN = {0.0, 0.5, 1.0, 2.0, 100.0, float("inf")}
# Numbers at module level that nobody tunes: forms and versions of what is stored, streams of random numbers, what a
# format, a network or a formula prescribes, parts of a progress bar, and what keeps arithmetic finite.
FACTS = {
    "SCHEMA", "FORM", "FOLD_STREAM", "JITTER_STREAM", "HALVES_STREAM", "CLASS_BITS", "EPSILON", "LEAST_SPREAD",
    "LEAST_WEIGHT", "GRADIENT_TOLERANCE", "CHANGE_TOLERANCE", "ENOUGH_STEPS", "SAME_F1", "LOG_REACH", "NORMAL",
    "FINEST_STRIDE", "NEVER", "DRAWN", "VIEW_STEPS", "FOLD_STEPS", "FIT_STEPS", "NAMES_SHOWN",
    # how figures are told, and COCO's sizes
    "TAILS", "DIGITS", "SMALL", "LARGE", "LARGEST",
    # how pictures and networks are built, what a download may take, the hashes of weights
    "NOTHING", "NONE", "DINO_SIDE", "IMAGENET", "EFFICIENTNET", "ENCODERS", "GREY", "WHITE", "ORIENTATION", "DEEPEST",
    "MAX_PIXELS", "WIDTH", "LEVELS", "LEAST_SCALE", "AP50", "ROOT", "MEGABYTE", "LEAST_PROBABILITY", "CONNECT_S",
    "PACKAGE_S", "CHUNK", "TABLE",
}  # fmt: skip


def strays(path: Path) -> list[str]:
    """Numbers of a file that look tuned: constants at module level without a fact's name, and floats that are no
    arithmetic.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[str] = []
    named: set[ast.AST] = set()
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        if not names:
            continue
        if set(names) <= FACTS:
            named.update(ast.walk(node))
        elif any(is_number(one) for one in ast.walk(node)):
            found.append(f"{path.name}:{node.lineno}: {', '.join(names)}")
            named.update(ast.walk(node))
    found += [
        f"{path.name}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, float)
        and node.value not in PLAIN
        and node not in named
    ]
    return found


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
