"""What does not fit in a request, in the reader's language: msgspec and the framework speak English only."""

import re
from typing import Final

from service.i18n import Language, translate

_SENTENCES: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("type", r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`"),
        ("at_most_long", r"Expected `\w+` of length <= (?P<bound>\d+)"),
        ("at_least_long", r"Expected `\w+` of (?:length >=|at least length) (?P<bound>\d+).*"),
        ("at_most_long", r"Expected `\w+` of at most length (?P<bound>\d+).*"),
        ("exactly_long", r"Expected `\w+` of length (?P<bound>\d+(?: to \d+)?).*"),
        ("bound", r"Expected `(?:int|float)` (?P<bound>(?:<=|>=|<|>) \S+)"),
        ("pattern", r"Expected `str` matching regex .*|a text holds the character U\+0000"),
        ("timezone", r"Expected `(?:datetime|time)` with a timezone component|an instant needs an offset"),
        ("type_only", r"Expected `(?P<expected>[^`]*)`"),
        ("missing", r"Object missing required field `(?P<field>[^`]*)`"),
        ("missing", r"Missing required (?:argument|\w+ parameter) '(?P<field>[^']*)'.*"),
        ("unknown", r"Object contains unknown field `(?P<field>[^`]*)`"),
        ("choice", r"Invalid (?:enum )?value .*"),
        ("identifier", r"Invalid UUID.*|not an id"),
        (
            "instant",
            r"Invalid RFC3339 encoded (?:date|datetime|time)|Invalid epoch timestamp|Timestamp is out of range.*",
        ),
        ("duration", r"Invalid ISO8601 duration|Duration is out of range"),
        ("number", r"(?:Number|Integer value) out of range|Invalid decimal string"),
        ("encoded", r"Invalid base64 encoded string"),
        ("not_json", r"JSON is malformed.*|Input data was truncated|the body is not JSON"),
    )
)


def told(message: str, language: Language) -> str:
    """The sentence in that language; as it is, where no text of ours says it."""
    for name, sentence in _SENTENCES:
        if (match := sentence.fullmatch(message)) is not None:
            return translate(f"misfits.{name}", language, **match.groupdict())
    return message
