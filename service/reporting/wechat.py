"""Cases as a fragment of HTML that pastes into the editor of WeChat's official accounts, pictures as files beside it.

That editor keeps inline styles and drops classes, scripts, style sheets and pictures from elsewhere: so every element
has its own style, and the pictures are uploaded by hand in their order, which their names and the places say.
"""

import io
import zipfile
from collections.abc import Sequence
from html import escape
from typing import Final

from service.reporting.docx import Section

_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_TITLE: Final = (
    "margin:32px 0 12px;padding-left:12px;border-left:6px solid #f2b705;font-size:19px;line-height:1.5;"
    "font-weight:bold;color:#0a3a2f;"
)
_FACTS: Final = "margin:0 0 14px;font-size:14px;line-height:1.7;color:#4a5851;"
_TEXT: Final = "margin:0 0 14px;font-size:16px;line-height:1.9;color:#17211d;text-align:justify;"
_LEAD: Final = "font-weight:bold;color:#0b5d49;"
_PICTURE: Final = "display:block;width:100%;height:auto;margin:0;"
_MARK: Final = (
    "margin:0 0 20px;padding:8px 12px;border:1px dashed #9c2f16;font-size:14px;line-height:1.6;color:#9c2f16;"
    "text-align:center;"
)
_CAPTION: Final = "margin:4px 0 16px;font-size:14px;line-height:1.6;color:#4a5851;text-align:center;"


def write(
    title: str, mark: str, introduction: Sequence[str], sections: Sequence[Section], closing: Sequence[str]
) -> bytes:
    """A .zip with `fragment.html` and the pictures that it names. The same cases make the same bytes. `mark` stands
    above everything, unless it is ""."""
    lines = [_element("p", _MARK, mark)] if mark else []
    lines += [_element("p", _TEXT, text) for text in introduction]
    files: dict[str, bytes] = {}
    for section in sections:
        lines.append(_element("h2", _TITLE, section.heading))
        lines.append(_element("p", _FACTS, section.facts))
        lines += [_led(lead, text) for lead, text in section.story]
        for picture in section.pictures:
            name = f"picture-{len(files) + 1}.jpg"
            files[name] = picture.data
            lines.append(
                f'<p style="margin:0;"><img src="{name}" alt="{escape(picture.caption)}" width="{picture.width}" '
                f'height="{picture.height}" style="{_PICTURE}"></p>'
            )
            lines.append(_element("p", _CAPTION, picture.caption))
        lines += [_led(lead, text) for lead, text in section.morals]
    lines += [_element("p", _TEXT, text) for text in closing]
    fragment = f'<section style="max-width:677px;margin:0 auto;" title="{escape(title)}">\n' + "\n".join(lines)
    files["fragment.html"] = f"{fragment}\n</section>\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _FIRST_DAY), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _led(lead: str, text: str) -> str:
    """A paragraph with the word that leads it."""
    return f'<p style="{_TEXT}"><strong style="{_LEAD}">{escape(lead)}</strong>{escape(text)}</p>'


def _element(name: str, style: str, text: str) -> str:
    return f'<{name} style="{style}">{escape(text)}</{name}>'
