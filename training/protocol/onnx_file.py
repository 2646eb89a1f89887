"""What a detector's ONNX file says of itself: read as data, with nothing of it run. The web process may do this."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.protocol.errors import BadModel

OWN_DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}  # operators that are ONNX's own; others would be code from elsewhere
MOST_CLASSES = 10_000
LONGEST_NAME = 80  # of a class, as a project has them


@dataclass(frozen=True, slots=True)
class OnnxDetector:
    """names: of its classes, in its order. image_size: longer side in pixels that it was exported for."""

    names: tuple[str, ...]
    image_size: int
    made_with: str


def read(data: bytes) -> OnnxDetector:
    """Raises BadModel; its reason is `onnx` (no such file), `onnx_external`, `onnx_operators`, `onnx_task`,
    `onnx_names` or `onnx_shape`.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise _bad("onnx", "is not ONNX, or is damaged") from error
    if not model.graph.node or not model.graph.output:
        raise _bad("onnx", "holds no network")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model.graph)):
        raise _bad("onnx_external", "keeps its numbers in another file")
    if {one.domain for one in model.opset_import} - OWN_DOMAINS or model.functions:
        raise _bad("onnx_operators", "uses operators that are not ONNX's own")
    facts = {one.key: one.value for one in model.metadata_props}
    if facts.get("task") != "detect":
        raise _bad("onnx_task", "does not say that it is a detector")
    names = _names(facts)
    _check_shapes(model.graph, len(names))
    return OnnxDetector(names, _image_size(facts), facts.get("description", "")[:200])


def _names(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The classes by their numbers, which are 0, 1, 2 ..."""
    found = _literal(facts.get("names", ""))
    if isinstance(found, list | tuple):
        found = dict(enumerate(found))
    if not isinstance(found, dict) or not 0 < len(found) <= MOST_CLASSES or set(found) != set(range(len(found))):
        raise _bad("onnx_names", "does not name its classes")
    names = tuple(str(found[place]).strip() for place in range(len(found)))
    if not all(0 < len(name) <= LONGEST_NAME and name.isprintable() for name in names) or len(set(names)) < len(names):
        raise _bad("onnx_names", "does not name its classes")
    return names


def _image_size(facts: Mapping[str, str]) -> int:
    found = _literal(facts.get("imgsz", ""))
    sides = found if isinstance(found, list | tuple) else [found]
    if not sides or not all(type(side) is int and 32 <= side <= 4096 for side in sides):
        raise _bad("onnx_shape", "does not say for which size of picture it is")
    longer: int = max(sides)
    return longer


def _check_shapes(graph: Any, classes: int) -> None:
    """Pictures in; out a row per box with each class's score, or (boxes, 6) where it suppresses doubles itself."""
    [*inputs] = [one for one in graph.input if one.name not in {tensor.name for tensor in graph.initializer}]
    picture, out = (_shape(inputs[0]) if len(inputs) == 1 else []), _shape(graph.output[0])
    if len(picture) != 4 or picture[1] not in (3, None) or len(out) != 3 or len(graph.output) != 1:
        raise _bad("onnx_shape", "takes no pictures, or gives no boxes")
    if out[1] not in (4 + classes, None) and out[2] not in (6, None):
        raise _bad("onnx_shape", "has not as many classes as it names")


def _shape(value: Any) -> list[int | None]:
    dims = value.type.tensor_type.shape.dim
    return [one.dim_value if one.HasField("dim_value") else None for one in dims]


def _tensors(graph: Any) -> Iterator[Any]:
    """All constants, also of graphs within."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for one in node.attribute:
            yield from (one.t, *one.tensors)
            for inner in (one.g, *one.graphs):
                yield from _tensors(inner)


def _literal(text: str) -> Any:
    """A Python literal as Ultralytics writes them; None where it is none."""
    try:
        return ast.literal_eval(text) if len(text) < 2**20 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _bad(reason: str, words: str) -> BadModel:
    return BadModel(f"The file {words}.", reason=reason)
