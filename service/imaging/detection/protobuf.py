"""As much of Protocol Buffers' wire format as ONNX models need."""

from collections.abc import Iterator
from typing import Final

BYTES: Final = 2
"""The wire type of what has a length: strings, messages, packed numbers."""


def fields(message: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
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


def field(number: int, content: bytes) -> bytes:
    """A field that has a length."""
    return varint(number << 3 | BYTES) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """A number that is not negative, in as few bytes as it needs."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def number_field(number: int, value: int) -> bytes:
    """A field that is a number and not negative."""
    return varint(number << 3) + varint(value)
