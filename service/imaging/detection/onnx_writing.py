"""Writing an ONNX model of a few operators, for weights that come in another shape.

Numbers of fields are those of onnx.proto. The model takes any number of pictures of any size.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.protobuf import field, number_field

_IR_VERSION: Final = 7
_OPERATORS: Final = 13
"""The version of the operators' meaning."""
_FLOAT: Final = 1
_NUMBER, _TEXT, _NUMBERS = 2, 3, 7
"""AttributeProto.type."""


class Writer:
    """Collects operators; each method appends some and returns the name of what they yield."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._outputs: list[bytes] = []

    def convolution(
        self, given: str, weights: NDArray[np.float32], biases: NDArray[np.float32], *, stride: int = 1, groups: int = 1
    ) -> str:
        """Weights are filters x channels x height x width; the edge is padded with zeros."""
        side = weights.shape[-1]
        names = [given, self._constant(weights), self._constant(biases)]
        attributes = {"kernel_shape": [side, side], "pads": [side // 2] * 4, "strides": [stride, stride]}
        return self._append("Conv", names, **attributes, group=groups)

    def positive(self, given: str) -> str:
        """Zero in place of what is below."""
        return self._append("Relu", [given])

    def halved(self, given: str) -> str:
        """The largest of every four neighbors."""
        return self._append("MaxPool", [given], kernel_shape=[2, 2], strides=[2, 2])

    def doubled(self, given: str) -> str:
        """Every value four times."""
        scales = self._constant(np.array([1, 1, 2, 2], np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self._append("Resize", [given, "", scales], **how)

    def sum(self, one: str, other: str) -> str:
        """Value by value."""
        return self._append("Add", [one, other])

    def output(self, given: str, channels: int) -> None:
        """Have the model answer with this, after what was said before."""
        self._outputs.append(field(12, _value(given, channels)))

    def model(self, given: str, channels: int) -> bytes:
        """The file, with the name of what the model is given."""
        graph = [*self._nodes, field(2, b"graph"), *self._constants, field(11, _value(given, channels)), *self._outputs]
        operators = field(1, b"") + number_field(2, _OPERATORS)
        return number_field(1, _IR_VERSION) + field(8, operators) + field(7, b"".join(graph))

    def _append(self, operator: str, given: list[str], **attributes: Any) -> str:
        name = f"{operator}_{len(self._nodes)}"
        parts = [field(1, one.encode()) for one in given]
        parts += [field(2, name.encode()), field(4, operator.encode())]
        parts += [field(5, field(1, key.encode()) + _attribute(value)) for key, value in attributes.items()]
        self._nodes.append(field(1, b"".join(parts)))
        return name

    def _constant(self, values: NDArray[np.float32]) -> str:
        name = f"constant_{len(self._constants)}"
        sizes = b"".join(number_field(1, size) for size in values.shape)
        content = number_field(2, _FLOAT) + field(8, name.encode()) + field(9, values.astype("<f4").tobytes())
        self._constants.append(field(5, sizes + content))
        return name


def _attribute(value: int | str | list[int]) -> bytes:
    match value:
        case int():
            return number_field(3, value) + number_field(20, _NUMBER)
        case str():
            return field(4, value.encode()) + number_field(20, _TEXT)
    return b"".join(number_field(8, one) for one in value) + number_field(20, _NUMBERS)


def _value(name: str, channels: int) -> bytes:
    """What goes in or out: pictures x channels x height x width."""
    free = [field(1, field(2, f"{name}_{axis}".encode())) for axis in ("pictures", "height", "width")]
    shape = free[0] + field(1, number_field(1, channels)) + free[1] + free[2]
    return field(1, name.encode()) + field(2, field(1, number_field(1, _FLOAT) + field(2, shape)))
