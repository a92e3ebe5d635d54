"""Loading ONNX models for one thread, and giving one that was exported for a single size any size.

CenterFace's file says that its input is 10 x 3 x 32 x 32, although nothing in the network depends on it. onnxruntime
believes the file. So the declared sizes are replaced by names in the serialized model (protobuf, messages of
onnx.proto: ModelProto.graph 7, GraphProto.input 11 and .output 12, ValueInfoProto.type 2, TypeProto.tensor_type 1,
Tensor.shape 2, TensorShapeProto.dim 1, Dimension.dim_param 2); the `onnx` package would do this for 17 MB.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnxruntime

_GRAPH, _INPUT, _OUTPUT, _NAME = 7, 11, 12, 1
_BYTES = 2


def load(file: Path, *, free_input: str | None = None) -> Any:
    """An onnxruntime session on one thread; `free_input` names an input that is to take any size."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    model = file.read_bytes()
    if free_input is not None:
        model = with_free_sizes(model, free_input)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def with_free_sizes(model: bytes, input_name: str) -> bytes:
    """The model with unknown sizes of this input and of all outputs."""
    return _replaced(model, _GRAPH, lambda graph: _freed_graph(graph, input_name.encode()))


def _freed_graph(graph: bytes, input_name: bytes) -> bytes:
    # Weights are declared as inputs, too: theirs are true.
    names = iter(range(1, 1000))

    def freed(value: bytes) -> bytes:
        return _rewritten(value, (2, 1, 2, 1), lambda _size: _field(2, f"size_{next(names)}".encode()))

    graph = _replaced(graph, _INPUT, lambda value: freed(value) if _name(value) == input_name else value)
    return _replaced(graph, _OUTPUT, freed)


def _name(value: bytes) -> bytes | None:
    return next((content for number, content, _raw in _fields(value) if number == _NAME), None)


def _rewritten(message: bytes, path: tuple[int, ...], change: Any) -> bytes:
    if not path:
        return bytes(change(message))
    return _replaced(message, path[0], lambda inner: _rewritten(inner, path[1:], change))


def _replaced(message: bytes, number: int, change: Any) -> bytes:
    return b"".join(
        _field(number, change(content)) if found == number and content is not None else raw
        for found, content, raw in _fields(message)
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Number, content (of length-delimited fields) and raw bytes of each field of a message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        content = None
        match key & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 5:
                at += 4
            case _:
                length, at = _varint(message, at)
                content = message[at : at + length]
                at += length
        yield key >> 3, content, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _field(number: int, content: bytes) -> bytes:
    return _encoded(number << 3 | _BYTES) + _encoded(len(content)) + content


def _encoded(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
