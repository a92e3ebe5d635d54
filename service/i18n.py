"""Every sentence a person reads, in Simplified Chinese first and English.

Texts live in `service/locale/<language>/<room>.toml`; a key is the room and the path inside it, such as
`problems.photo.empty.title`.
"""

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
DEFAULT: Language = "zh-CN"


@cache
def texts(language: Language) -> dict[str, str]:
    """All texts of a language by their full key."""
    flat: dict[str, str] = {}
    for entry in sorted((files("service") / "locale" / language).iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            _flatten(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8")), flat)
    return flat


def _flatten(prefix: str, tree: dict[str, Any], into: dict[str, str]) -> None:
    for name, value in tree.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}.{name}", value, into)
        else:
            into[f"{prefix}.{name}"] = str(value)


def translate(key: str, language: Language, /, **parameters: object) -> str:
    """The text of `key` with its {parameters} filled in. KeyError when the key is missing: a test walks all keys."""
    text = texts(language)[key]
    return text.format_map(parameters) if parameters else text


def find(key: str, language: Language, /, **parameters: object) -> str | None:
    """Like `translate`, but None for a missing key or a missing parameter."""
    text = texts(language).get(key)
    if text is None:
        return None
    try:
        return text.format_map(parameters)
    except KeyError:
        return None


@lru_cache(maxsize=256)
def negotiate(accept_language: str | None) -> Language:
    """The best language for an Accept-Language header (RFC 9110, 12.5.4); Chinese when nothing fits."""
    best: Language = DEFAULT
    best_weight = 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        language: Language | None = None
        if tag.lower().startswith("zh"):
            language = "zh-CN"
        elif tag.lower().startswith("en"):
            language = "en"
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
