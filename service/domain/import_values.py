"""What a cell of somebody's table means: people write `１００１`, `1001.0`, ` 1001 ` and 1001 for the same code.

Every reader takes a cell as a sheet or JSON gives it and returns the value, None for a blank one. It raises a problem
`import.*` that tells what is wrong with the cell.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from service.problems import Problem

Reader = Callable[[object], Any]

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WHOLE: Final = re.compile(r"([+-]?\d+)\.0+")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_DAY: Final = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[ T]0?0:00(?::00(?:\.0+)?)?)?")
_DAY_IN_DIGITS: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_BETWEEN: Final = re.compile(r"[;；、,，\s]+")
_SHOWN: Final = 60
MOST_EXACT_DIGITS: Final = 15
"""A number in a sheet keeps this many digits; of a longer one the rest are zeros."""

YEARS: Final = range(1970, 2200)
"""A date outside them is a slip."""

YES: Final = frozenset({"是", "有", "√", "y", "yes", "true", "1"})
NO: Final = frozenset({"否", "无", "×", "n", "no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell without a value: a formula that was never calculated, or an error such as #N/A (then `shown`)."""

    shown: str = ""


def is_blank(cell: object) -> bool:
    """Whether nothing can be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not _INVISIBLE.sub("", cell).strip())


def shown(cell: object) -> str:
    """A cell as a sentence quotes it."""
    text = cell.shown if isinstance(cell, Unreadable) else " ".join(str(cell).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _plain(cell: object) -> str:
    """A cell as text in one line, without what cannot be seen. Problems for cells that hold no text."""
    if isinstance(cell, Unreadable):
        if cell.shown:
            raise Problem("import.cell_error", value=cell.shown)
        raise Problem("import.formula_without_value")
    if isinstance(cell, str):
        text = " ".join(_INVISIBLE.sub("", cell).split())
        if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
            raise Problem("import.text_invalid", value=shown(repr(text)))
        return text
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number_as_text(cell)
    if isinstance(cell, date | time):
        raise Problem("import.text_is_date", value=shown(cell))
    raise Problem("import.text_invalid", value=shown(cell))


def _number_as_text(number: int | float) -> str:
    if not math.isfinite(number):
        raise Problem("import.number_invalid", value=str(number))
    text = str(int(number)) if abs(number) < 1e16 and number == int(number) else str(number)
    if abs(number) >= 10**MOST_EXACT_DIGITS:
        raise Problem("import.number_imprecise", value=shown(text), digits=MOST_EXACT_DIGITS)
    return text


def narrow(cell: object) -> str:
    """A cell as text with full-width letters and digits made plain and without the `.0` of a number."""
    text = unicodedata.normalize("NFKC", _plain(cell)).strip()
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


def text(most: int) -> Reader:
    """A text of at most `most` characters, punctuation as written."""

    def read(cell: object) -> str | None:
        if is_blank(cell):
            return None
        found = _plain(cell)
        if len(found) > most:
            raise Problem("import.text_too_long", max_characters=most, characters=len(found))
        return found

    return read


def code(pattern: str, *, lower: bool = False) -> Reader:
    """A code that matches the pattern as a whole."""
    compiled = re.compile(pattern)

    def read(cell: object) -> str | None:
        if is_blank(cell):
            return None
        found = narrow(cell)
        found = found.lower() if lower else found
        if not compiled.fullmatch(found):
            raise Problem("import.code_invalid", value=shown(found))
        return found

    return read


def integer(least: int, most: int) -> Reader:
    """A whole number within bounds."""

    def read(cell: object) -> int | None:
        if is_blank(cell):
            return None
        number = _number(cell)
        if number != int(number):
            raise Problem("import.number_not_whole", value=shown(cell))
        _within(number, least, most)
        return int(number)

    return read


def decimal(least: float, most: float) -> Reader:
    """A number within bounds."""

    def read(cell: object) -> float | None:
        if is_blank(cell):
            return None
        number = _number(cell)
        _within(number, least, most)
        return number

    return read


def _number(cell: object) -> float:
    if isinstance(cell, bool) or not _NUMBER.fullmatch(found := narrow(cell)) or not math.isfinite(float(found)):
        raise Problem("import.number_invalid", value=shown(cell))
    return float(found)


def _within(number: float, least: float, most: float) -> None:
    if not least <= number <= most:
        raise Problem("import.number_out_of_range", value=f"{number:g}", minimum=least, maximum=most)


def day(cell: object) -> date | None:
    """A date: Excel's, 2026-06-05, 2026/6/5, 2026.6.5, 2026年6月5日 or 20260605."""
    if is_blank(cell):
        return None
    found = _day(cell)
    if found is None or found.year not in YEARS:
        raise Problem("import.date_invalid", value=shown(cell))
    return found


def _day(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    if isinstance(cell, date):
        return cell
    if isinstance(cell, time):
        return None
    found = narrow(cell)
    match = _DAY.fullmatch(found) or _DAY_IN_DIGITS.fullmatch(found)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def yes_or_no(cell: object) -> bool | None:
    """是 or 否, yes or no."""
    if is_blank(cell):
        return None
    found = narrow(cell).casefold()
    if found in YES or found in NO:
        return found in YES
    raise Problem("import.not_yes_or_no", value=shown(cell))


def choice(names: Mapping[str, str]) -> Reader:
    """One of the names, written in any case; its meaning."""
    meanings = {name.casefold(): meaning for name, meaning in names.items()}
    offered = "、".join(names)

    def read(cell: object) -> str | None:
        if is_blank(cell):
            return None
        if (meaning := meanings.get(narrow(cell).casefold())) is None:
            raise Problem("import.choice_unknown", value=shown(cell), choices=offered)
        return meaning

    return read


def codes(pattern: str) -> Reader:
    """Codes in one cell, parted by comma, semicolon, 、 or a blank; in JSON also an array. Each counts once."""
    one = code(pattern)

    def read(cell: object) -> list[str]:
        if is_blank(cell):
            return []
        parts = cell if isinstance(cell, list) else [part for part in _BETWEEN.split(_plain(cell)) if part]
        found = [one(part) for part in parts]
        if None in found:
            raise Problem("import.code_invalid", value="")
        return list(dict.fromkeys(found))

    return read
