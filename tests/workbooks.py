"""Workbooks as people, programs and attackers make them."""

import re
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook


def workbook(*rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Its bytes."""
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same package with one part changed, or added."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, change(old.read(name) if name in old.namelist() else b""))
    return written.getvalue()


def with_shared_strings(content: bytes) -> bytes:
    """The same workbook with its texts in one part, as Excel writes it."""
    texts: list[bytes] = []

    def take_out(sheet: bytes) -> bytes:
        def shared(match: re.Match[bytes]) -> bytes:
            texts.append(match[1])
            return b' t="s"><v>%d</v></c>' % (len(texts) - 1)

        return re.sub(rb' t="inlineStr"><is>(.*?)</is></c>', shared, sheet)

    def declare(types: bytes) -> bytes:
        kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        return types.replace(
            b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
        )

    content = with_part(content, "xl/worksheets/sheet1.xml", take_out)
    content = with_part(content, "[Content_Types].xml", declare)
    items = b"".join(b"<si>%s</si>" % text for text in texts)
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(content, "xl/sharedStrings.xml", lambda _: b'<sst xmlns="%s">%s</sst>' % (space, items))
