"""What is looked for, as the index of words knows it.

Most Chinese words have two characters, so the index holds every two neighboring characters of a text (migration
0012). A word is found wherever it stands within a text, in Chinese and in Latin script alike. Several words, divided
by spaces, must all be found, anywhere. One of them may be a hazard's number, whole or from behind a hyphen of it:
`140302-2026-000123`, `2026-000123`, `000123`.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from unicodedata import normalize

from service.problems import Problem

MOST_CHARACTERS: Final = 100
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_END_OF_A_NUMBER: Final = re.compile(r"(?:[a-z0-9-]+-)?(?:[0-9]{4}-)?[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Search:
    """What finds hazards by their words: terms through the index, patterns (of LIKE) in the text itself.

    The `number_` fields say the same for the case that one of the words is a number; None when none can be.
    """

    terms: list[str]
    patterns: list[str]
    number_terms: list[str] | None = None
    number_patterns: list[str] | None = None
    number_pattern: str | None = None


def normalized(written: str) -> str:
    """Full width as half width and other compatible forms as one (NFKC), a-z for A-Z."""
    return normalize("NFKC", written).translate(_LOWER)


def terms(word: str) -> list[str]:
    """Every two neighboring characters of a word, each once."""
    return sorted({one + following for one, following in pairwise(word)})


def parsed(query: str) -> Search | None:
    """What the words of a query ask for; None for a query of nothing but spaces.

    400 `search.word_too_short` for a word of one character: it would stand in nearly every text.
    """
    words = list(dict.fromkeys(normalized(query).split()))
    if not words:
        return None
    if short := [word for word in words if len(word) < 2]:
        raise Problem("search.word_too_short", word=short[0])
    search = Search(_terms(words), _patterns(words))
    number = next((word for word in words if _END_OF_A_NUMBER.fullmatch(word)), None)
    if number is None:
        return search
    others = [word for word in words if word != number]
    return Search(
        search.terms, search.patterns, [f"#{number}", *_terms(others)], _patterns(others), f"%-{_literal(number)}"
    )


def _terms(words: list[str]) -> list[str]:
    return sorted({term for word in words for term in terms(word)})


def _patterns(words: list[str]) -> list[str]:
    return [f"%{_literal(word)}%" for word in words]


def _literal(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
