"""A look into an .xlsx package before it is loaded: what would cost too much memory or means harm is refused.

The library that loads it parses XML with expat and no bound of its own, so bounds and the refusal of document types
(which is where XML entities come from) are here.
"""

import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Final
from xml.parsers import expat

from service.problems import Problem

MOST_BYTES: Final = 20 * 1024 * 1024
"""Of a file as it lies on the disk."""
MOST_BYTES_UNPACKED: Final = 100 * 1024 * 1024
MOST_PARTS: Final = 1_000
MOST_ELEMENTS: Final = 3_000_000
"""Every element costs about 100 bytes while it is read."""
MOST_DEPTH: Final = 100
MOST_ROWS: Final = 20_000
LAST_ROW: Final = 1_048_576
"""The last row that a sheet can have."""

_READ: Final = 1 << 16
_OLD_FORMAT: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_PLAIN: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1


@dataclass(slots=True)
class Part:
    """What the loader does not tell of one part: `merged` ranges, and cells whose formula was never calculated."""

    merged: list[str] = field(default_factory=list)
    uncalculated: set[str] = field(default_factory=set)


def inspect(content: bytes) -> dict[str, Part]:
    """Every part by its name. 422 `import.file_is_old`, `import.file_is_no_workbook`, `import.workbook_damaged`,
    `import.workbook_has_entities`; 413 `import.file_too_large`, `import.workbook_too_large`.
    """
    if len(content) > MOST_BYTES:
        raise Problem("import.file_too_large", limit_bytes=MOST_BYTES)
    if content.startswith(_OLD_FORMAT):
        raise Problem("import.file_is_old")
    if not zipfile.is_zipfile(BytesIO(content)):
        raise Problem("import.file_is_no_workbook")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            return _inspect(package)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Problem("import.workbook_damaged") from error


def _inspect(package: zipfile.ZipFile) -> dict[str, Part]:
    entries = package.infolist()
    # The reader of a part stops at its declared size, so the declared sizes are a bound.
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_BYTES_UNPACKED:
        raise Problem("import.workbook_too_large", limit_bytes=MOST_BYTES_UNPACKED)
    if any(entry.compress_type not in _PLAIN or entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Problem("import.workbook_damaged")
    if "[Content_Types].xml" not in package.NameToInfo:
        raise Problem("import.file_is_no_workbook")
    elements = 0
    parts = {}
    for entry in entries:
        look = _Look(MOST_ELEMENTS - elements)
        with package.open(entry) as source:
            look.over(source)
        elements += look.elements
        parts[entry.filename] = look.part
    return parts


class _Look:
    """One pass over a part. A part that is not XML (a picture) is left alone: the loader cannot parse it either."""

    def __init__(self, most_elements: int) -> None:
        self.part = Part()
        self.elements = 0
        self._most_elements = most_elements
        self._depth = 0
        self._cell = ""
        self._has_formula = self._has_value = self._in_value = False
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def over(self, source: IO[bytes]) -> None:
        """Reads to the end, even of what is no XML: a checksum is checked only there."""
        is_xml = True
        while block := source.read(_READ):
            if is_xml:
                try:
                    self._parser.Parse(block)
                except expat.ExpatError:
                    is_xml = False

    def _refuse(self, *_: object) -> None:
        raise Problem("import.workbook_has_entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self._depth += 1
        if self.elements > self._most_elements:
            raise Problem("import.workbook_too_large", limit_bytes=MOST_BYTES_UNPACKED)
        if self._depth > MOST_DEPTH:
            raise Problem("import.workbook_damaged")
        match name.rpartition("}")[2]:
            case "row":
                if not 1 <= int(attributes.get("r", 1)) <= LAST_ROW:
                    raise Problem("import.workbook_damaged")
            case "c":
                self._cell = attributes.get("r", "")
                self._has_formula = False
                # A formula may come to an empty text; every other value is written out.
                self._has_value = attributes.get("t") == "str"
            case "f":
                self._has_formula = True
            case "v":
                self._in_value = True
            case "mergeCell":
                self.part.merged.append(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        self._depth -= 1
        match name.rpartition("}")[2]:
            case "v":
                self._in_value = False
            case "c" if self._has_formula and not self._has_value:
                self.part.uncalculated.add(self._cell)

    def _text(self, _text: str) -> None:
        self._has_value = self._has_value or self._in_value
