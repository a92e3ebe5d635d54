"""Finds all that a public text must not give away: numbers, names, places, days and amounts.

The house rule (section "typical cases"): a person is removed, of a unit only the type is told, an address becomes a
district, a date a month, and an exact fine a band. Names also come from the deployment's own register of premises and
accounts (`Vocabulary`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.domain import text_amounts, text_days, text_people, text_places, text_units
from service.domain.plain_text import PlainText, squeeze
from service.domain.text_findings import Exposure, Finding, Patterns, joined, told, uncovered
from service.domain.text_masking import STANDARD, find_exposures
from service.domain.text_named_places import named_places

_PATTERNS: Final[Patterns] = (
    *text_units.PATTERNS,
    *text_places.PATTERNS,
    *text_days.PATTERNS,
    *text_amounts.PATTERNS,
    *text_people.PATTERNS,
)
_HARMLESS: Final = (STANDARD, text_days.HARMLESS, text_amounts.HARMLESS)
_GAPS: Final = re.compile(r"(?<=[一-龥])[^\S\n]+|[^\S\n]+(?=[一-龥])")
"""Spaces beside a Chinese character mean nothing."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of this deployment that name somebody or somewhere, by what they give away."""

    words: tuple[tuple[Exposure, str], ...] = ()

    def __or__(self, other: "Vocabulary") -> "Vocabulary":
        return Vocabulary(self.words + other.words)


def find_everything(text: str, vocabulary: Vocabulary) -> list[Finding]:
    """All that must not be public in this text, in order and without overlaps."""
    found = find_exposures(text)
    covered = bytearray(len(text))
    for finding in found:
        covered[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
    for kind, start, end in _matches(PlainText.of(text), vocabulary):
        found.extend(uncovered(covered, start, end, kind))
    return joined(found)


def _matches(plain: PlainText, vocabulary: Vocabulary) -> Iterator[tuple[Exposure, int, int]]:
    for kind, word in sorted(vocabulary.words, key=lambda entry: -len(entry[1])):
        for match in _spelled(word).finditer(plain.text):
            yield kind, *plain.place_of(*match.span())
    dense = plain.without(_GAPS).translated(text_amounts.CHEQUE_NUMERALS)
    for harmless in _HARMLESS:
        dense = dense.hiding(harmless)
    for kind, pattern in _PATTERNS:
        for start, end in told(pattern, dense.text):
            yield kind, *dense.place_of(start, end)
    for kind, start, end in named_places(dense.text):
        yield kind, *dense.place_of(start, end)


def _spelled(word: str) -> re.Pattern[str]:
    """The word however it is spaced and whatever case it is in; words of Latin letters only where they stand alone."""
    letters = [re.escape(letter) for letter in squeeze(word)]
    before = r"(?<![a-z0-9])" if word[0].isascii() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() else ""
    return re.compile(before + r"\s{0,3}".join(letters) + after, re.I)


def reasons(text: str, vocabulary: Vocabulary) -> list[str]:
    """What a text that stands in a picture gives away, each kind once; of what matters there, a bare date does not."""
    kinds = {finding.kind for finding in find_everything(text, vocabulary)}
    return sorted(kind.value for kind in kinds - {Exposure.DATE, Exposure.MONEY})
