"""Loading ONNX models for one thread, and giving one that was exported for a single size any size.

CenterFace's file says that its input is 10 x 3 x 32 x 32, although nothing in the network depends on it. onnxruntime
believes the file. So the declared sizes are replaced by names in the serialized model (protobuf, messages of
onnx.proto: ModelProto.graph 7, GraphProto.input 11 and .output 12, ValueInfoProto.type 2, TypeProto.tensor_type 1,
Tensor.shape 2, TensorShapeProto.dim 1, Dimension.dim_param 2); the `onnx` package would do this for 17 MB.
"""

from pathlib import Path
from typing import Any

import onnxruntime

from service.imaging.detection.protobuf import field, fields

_GRAPH, _INPUT, _OUTPUT, _NAME = 7, 11, 12, 1


def load(file: Path, *, free_input: str | None = None) -> Any:
    """The model in a file; `free_input` names an input that is to take any size."""
    model = file.read_bytes()
    return session(model if free_input is None else with_free_sizes(model, free_input))


def session(model: bytes) -> Any:
    """An onnxruntime session on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def with_free_sizes(model: bytes, input_name: str) -> bytes:
    """The model with unknown sizes of this input and of all outputs."""
    return _replaced(model, _GRAPH, lambda graph: _freed_graph(graph, input_name.encode()))


def _freed_graph(graph: bytes, input_name: bytes) -> bytes:
    # Weights are declared as inputs, too: theirs are true.
    names = iter(range(1, 1000))

    def freed(value: bytes) -> bytes:
        return _rewritten(value, (2, 1, 2, 1), lambda _size: field(2, f"size_{next(names)}".encode()))

    graph = _replaced(graph, _INPUT, lambda value: freed(value) if _name(value) == input_name else value)
    return _replaced(graph, _OUTPUT, freed)


def _name(value: bytes) -> bytes | None:
    return next((content for number, content, _raw in fields(value) if number == _NAME), None)


def _rewritten(message: bytes, path: tuple[int, ...], change: Any) -> bytes:
    if not path:
        return bytes(change(message))
    return _replaced(message, path[0], lambda inner: _rewritten(inner, path[1:], change))


def _replaced(message: bytes, number: int, change: Any) -> bytes:
    return b"".join(
        field(number, change(content)) if found == number and content is not None else raw
        for found, content, raw in fields(message)
    )
