"""A Word document with the layout of an official notice, GB/T 9704-2012: margins, sizes of type, lines of 28 points.

Written by hand, part by part (ECMA-376): a notice needs paragraphs, a table of two pictures and a page number, for
which python-docx would bring lxml. The document says nothing of who made it or when: there is no part for properties,
and every entry of the archive has the same day.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

TWIPS: Final = 1440 / 25.4
"""A millimeter in twentieths of a point."""
EMU: Final = 36_000
"""A millimeter in English metric units."""
MARGINS: Final = {"top": 37, "right": 26, "bottom": 35, "left": 28}
"""Millimeters: GB/T 9704-2012, 5.2.1, the text area being 156 mm x 225 mm."""
TEXT_WIDTH: Final = 156
PICTURE_WIDTH: Final = 76
DATE_RIGHT: Final = 4
_RELATED: Final = 4
"""Parts that belong to the document before its pictures."""
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_NAMESPACES: Final = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold (XML 1.0, 2.2): with one of them Word opens nothing."""
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

SONG: Final = ("方正小标宋简体", "SimSun")
FANG: Final = ("仿宋_GB2312", "FangSong")
HEI: Final = ("黑体", "SimHei")
KAI: Final = ("楷体_GB2312", "KaiTi")
INSTEAD: Final = {
    "方正小标宋简体": (
        "小标宋",
        "FZXiaoBiaoSong-B05S",
        "华文中宋",
        "STZhongsong",
        "宋体",
        "SimSun",
        "Noto Serif CJK SC",
    ),
    "仿宋_GB2312": ("仿宋", "FangSong", "华文仿宋", "STFangsong", "方正仿宋_GBK", "FangSong_GB2312"),
    "楷体_GB2312": ("楷体", "KaiTi", "华文楷体", "STKaiti", "方正楷体_GBK", "KaiTi_GB2312"),
    "黑体": ("SimHei", "华文黑体", "STHeiti", "方正黑体_GBK", "Noto Sans CJK SC"),
}
"""What to take where a machine lacks one of the faces that the standard names: Windows, WPS, macOS, Linux."""


@dataclass(frozen=True, slots=True)
class Illustration:
    """A JPEG with its width and height in pixels, what stands below it and what is read aloud."""

    data: bytes
    width: int
    height: int
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """One case: its heading, the line of facts, what happened, the pictures of it, and what is to be learned.

    Paragraphs have a word that leads them, or "".
    """

    heading: str
    facts: str
    story: Sequence[tuple[str, str]]
    pictures: Sequence[Illustration]
    morals: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Notice:
    """All that stands in a notice, in its order. `mark` is at the head of every page, "" where nothing has to be."""

    mark: str
    issuer: str
    number: str
    title: str
    addressees: str
    introduction: Sequence[str]
    sections: Sequence[Section]
    closing: Sequence[str]
    date: str


def write(notice: Notice) -> bytes:
    """The document's bytes. The same notice makes the same bytes."""
    pictures = [picture for section in notice.sections for picture in section.pictures]
    parts: dict[str, bytes] = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations([("rId1", f"{_OFFICE}/officeDocument", "word/document.xml")]),
        "word/document.xml": _document(notice).encode(),
        "word/_rels/document.xml.rels": _relations(
            [
                ("rId1", f"{_OFFICE}/styles", "styles.xml"),
                ("rId2", f"{_OFFICE}/footer", "footer1.xml"),
                ("rId3", f"{_OFFICE}/fontTable", "fontTable.xml"),
                ("rId4", f"{_OFFICE}/header", "header1.xml"),
            ]
            + [
                (f"rId{number + _RELATED}", f"{_OFFICE}/image", f"media/picture{number}.jpg")
                for number in range(1, len(pictures) + 1)
            ]
        ),
        "word/styles.xml": _styles(),
        "word/fontTable.xml": _fonts(),
        "word/header1.xml": _header(notice.mark),
        "word/footer1.xml": _footer(),
        **{f"word/media/picture{number}.jpg": picture.data for number, picture in enumerate(pictures, start=1)},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _document(notice: Notice) -> str:
    body = [
        _paragraph(notice.issuer, font=SONG, points=36, color="D7000F", align="center", line=None, after=560),
        # 7.2.5 and 7.2.7: the number in the middle, the red line 4 mm below it.
        _paragraph(notice.number, align="center", after=60),
        '<w:p><w:pPr><w:pBdr><w:top w:val="single" w:sz="18" w:space="8" w:color="D7000F"/></w:pBdr>'
        '<w:spacing w:before="0" w:after="280"/></w:pPr></w:p>',
        _paragraph(notice.title, font=SONG, points=22, align="center", line=None, after=560, style="Title"),
        # 7.3.2: to whom it goes begins at the margin, below the title.
        _paragraph(notice.addressees),
        *(_paragraph(text, indent=True) for text in notice.introduction),
    ]
    number = 0
    for section in notice.sections:
        body.append(_paragraph(section.heading, font=HEI, indent=True, style="Heading1", keep=True))
        body.append(_paragraph(section.facts, indent=True))
        body += [_led(lead, text) for lead, text in section.story]
        if section.pictures:
            body.append(_pictures(section.pictures, number))
            number += len(section.pictures)
        body += [_led(lead, text) for lead, text in section.morals]
    body += [_paragraph(text, indent=True) for text in notice.closing]
    body += _signature(notice)
    return f"{_HEAD}<w:document {_NAMESPACES}><w:body>{''.join(body)}{_page()}</w:body></w:document>"


def _signature(notice: Notice) -> list[str]:
    """7.3.5: the day four characters from the right margin, the issuer in the middle above it."""
    widths = [_characters(text) for text in (notice.issuer, notice.date)]
    issuer_right = max(DATE_RIGHT + (widths[1] - widths[0]) / 2, 0)
    return [
        _paragraph("", keep=True),
        _paragraph(notice.issuer, align="right", keep=True, right=issuer_right),
        _paragraph(notice.date, align="right", right=DATE_RIGHT),
    ]


def _characters(text: str) -> float:
    """How wide a text is, in Chinese characters: digits and Latin letters take half of one."""
    return sum(1 if ord(character) > 0x2E7F else 0.5 for character in text)


def _page() -> str:
    margins = " ".join(f'w:{side}="{round(width * TWIPS)}"' for side, width in MARGINS.items())
    return (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:footerReference w:type="default" r:id="rId2"/>'
        f'<w:pgSz w:w="{round(210 * TWIPS)}" w:h="{round(297 * TWIPS)}"/>'
        f'<w:pgMar {margins} w:header="851" w:footer="{round(28 * TWIPS)}" w:gutter="0"/></w:sectPr>'
    )


def _paragraph(
    text: str,
    *,
    font: tuple[str, str] = FANG,
    points: float = 16,
    color: str | None = None,
    align: str | None = None,
    line: int | None = 28,
    after: int = 0,
    indent: bool = False,
    style: str | None = None,
    keep: bool = False,
    right: float = 0,
) -> str:
    run = _run(text, font=font, points=points, color=color)
    return _around(run, align=align, line=line, after=after, indent=indent, style=style, keep=keep, right=right)


def _led(lead: str, text: str) -> str:
    """A paragraph that begins with a word in another face: what was found, how it was handled."""
    return _around(_run(lead, font=KAI, bold=True) + _run(text), indent=True)


def _around(
    runs: str,
    *,
    align: str | None = None,
    line: int | None = 28,
    after: int = 0,
    indent: bool = False,
    style: str | None = None,
    keep: bool = False,
    right: float = 0,
) -> str:
    properties = [f'<w:pStyle w:val="{style}"/>'] if style else []
    properties += ["<w:keepNext/>"] if keep else []
    spacing = f' w:line="{line * 20}" w:lineRule="exact"' if line else ""
    properties.append(f'<w:spacing w:before="0" w:after="{after}"{spacing}/>')
    # In hundredths of a character, whatever its size, and for who does not know those in 16 points.
    properties += [f'<w:ind w:rightChars="{round(right * 100)}" w:right="{round(right * 320)}"/>'] if right else []
    properties += ['<w:ind w:firstLineChars="200" w:firstLine="640"/>'] if indent else []
    properties += [f'<w:jc w:val="{align}"/>'] if align else []
    return f"<w:p><w:pPr>{''.join(properties)}</w:pPr>{runs}</w:p>"


def _run(
    text: str, *, font: tuple[str, str] = FANG, points: float = 16, color: str | None = None, bold: bool = False
) -> str:
    properties = (
        f"<w:rFonts w:ascii={quoteattr(font[1])} w:hAnsi={quoteattr(font[1])} w:eastAsia={quoteattr(font[0])}/>"
    )
    properties += "<w:b/>" if bold else ""
    properties += f'<w:color w:val="{color}"/>' if color else ""
    properties += f'<w:sz w:val="{round(points * 2)}"/>'
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(_NOT_XML.sub("", text))}</w:t></w:r>'


def _pictures(pictures: Sequence[Illustration], before: int) -> str:
    """Two a row, each above its caption."""
    width = round(TEXT_WIDTH / 2 * TWIPS)
    rows = []
    for first in range(0, len(pictures), 2):
        cells = [
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            + _around(_drawing(picture, before + first + offset + 1), align="center", line=None, keep=True)
            + _paragraph(picture.caption, points=14, align="center")
            + "</w:tc>"
            for offset, picture in enumerate(pictures[first : first + 2])
        ]
        if len(cells) == 1:
            cells.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph("")}</w:tc>')
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    grid = f'<w:tblGrid><w:gridCol w:w="{width}"/><w:gridCol w:w="{width}"/></w:tblGrid>'
    properties = f'<w:tblPr><w:tblW w:w="{2 * width}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
    return f"<w:tbl>{properties}{grid}{''.join(rows)}</w:tbl>" + _paragraph("", line=14)


def _drawing(picture: Illustration, number: int) -> str:
    # A tall picture gets no more room than one that lies.
    scale = min(PICTURE_WIDTH / picture.width, 70 / picture.height)
    size = f'cx="{round(picture.width * scale * EMU)}" cy="{round(picture.height * scale * EMU)}"'
    named = f'id="{number}" name="picture{number}" descr={quoteattr(picture.caption)}'
    return (
        f"<w:r><w:drawing><wp:inline><wp:extent {size}/><wp:docPr {named}/><a:graphic><a:graphicData "
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId{number + _RELATED}"/>'
        f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _header(mark: str) -> bytes:
    """What every page says of itself above its text."""
    line = _paragraph(mark, font=HEI, points=12, color="D7000F", align="center", line=None)
    return f"{_HEAD}<w:hdr {_NAMESPACES}>{line}</w:hdr>".encode()


def _fonts() -> bytes:
    """The faces of the document, each with what may stand for it (ECMA-376 part 1, 17.8.3.1)."""
    entries = "".join(
        f'<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(",".join(instead))}/><w:charset w:val="86"/>'
        f'<w:family w:val="{"modern" if name in FANG or name in KAI else "auto"}"/></w:font>'
        for name, instead in INSTEAD.items()
    )
    return f"{_HEAD}<w:fonts {_NAMESPACES}>{entries}</w:fonts>".encode()


def _footer() -> bytes:
    """The page's number between dashes, 四号: GB/T 9704-2012, 7.5."""
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    number = _run("— ", font=("SimSun", "SimSun"), points=14) + field + _run(" —", font=("SimSun", "SimSun"), points=14)
    return f"{_HEAD}<w:ftr {_NAMESPACES}>{_around(number, align='center', line=None)}</w:ftr>".encode()


def _styles() -> bytes:
    named = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/>{outline}</w:style>'
        for name, title, outline in (
            ("Normal", "Normal", ""),
            ("Title", "Title", ""),
            ("Heading1", "heading 1", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'),
        )
    )
    language = '<w:rPr><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    defaults = f"<w:docDefaults><w:rPrDefault>{language}</w:rPrDefault></w:docDefaults>"
    return f"{_HEAD}<w:styles {_NAMESPACES}>{defaults}{named}</w:styles>".encode()


def _content_types() -> bytes:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{word}.{kind}+xml"/>'
        for part, kind in (
            ("document", "document.main"),
            ("styles", "styles"),
            ("fontTable", "fontTable"),
            ("header1", "header"),
            ("footer1", "footer"),
        )
    )
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpg" ContentType="image/jpeg"/>'
        f"{overrides}</Types>"
    ).encode()


def _relations(relations: Sequence[tuple[str, str, str]]) -> bytes:
    lines = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in relations)
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{_HEAD}<Relationships xmlns="{space}">{lines}</Relationships>'.encode()
