"""Whom to tell of an objection, as an operator wrote it, with what can be called or written to made into links."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_EMAIL: Final = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_TELEPHONE: Final = (
    r"(?<![\w@.-])(?:\+\d[\d -]{6,17}\d|\(?0\d{2,3}\)?[ -]?\d{7,8}|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|[48]00[ -]?\d{3,4}[ -]?\d{3,4}|12\d{3})(?![\w@-])"
)
"""Abroad, landline, mobile, toll-free, and the hotlines of five digits: no house number and no postal code."""
_LINKED: Final = re.compile(f"(?P<email>{_EMAIL})|(?P<telephone>{_TELEPHONE})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the contact; `scheme` is `mailto`, `tel` or "" for words."""

    text: str
    scheme: str = ""

    def href(self, subject: str = "", body: str = "") -> str:
        """Where it leads; a letter begins with what it is about."""
        if self.scheme == "tel":
            return "tel:" + re.sub(r"[^\d+]", "", self.text)
        filled = "&".join(f"{name}={quote(text)}" for name, text in (("subject", subject), ("body", body)) if text)
        return f"mailto:{self.text}" + (f"?{filled}" if filled else "")


def pieces(contact: str) -> list[Piece]:
    """The contact, part by part."""
    parts: list[Piece] = []
    at = 0
    for match in _LINKED.finditer(contact):
        parts += [
            Piece(contact[at : match.start()]),
            Piece(match[0], "mailto" if match.lastgroup == "email" else "tel"),
        ]
        at = match.end()
    return [part for part in [*parts, Piece(contact[at:])] if part.text]
