"""Server-rendered pages: templates, static files and the headers that go with them.

No page loads anything from elsewhere and none needs a script. Addresses that leave the site (share cards, feeds)
start with the configured base address, never with the Host header.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.i18n import LANGUAGES, Language, negotiate, translate
from service.web import contacts

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LIST_POLICY: Final = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
"""The list has a form that asks for fewer cases."""
CASE_POLICY: Final = PAGE_POLICY.replace("style-src", "script-src 'self'; style-src")
"""The page of a case has a slider, which is a file of ours; without it the pictures stand side by side."""
READER_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The API reader sets styles on elements and shows its icons as data: addresses; its scripts are our own files."""

MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of `service/web/static` with its media type and the text of its entity tag."""

    data: bytes
    media_type: str
    tag: str


@cache
def _static_files() -> dict[str, StaticFile]:
    entries = [entry for entry in files("service.web").joinpath("static").iterdir() if entry.is_file()]
    loaded = {entry.name: entry.read_bytes() for entry in entries}
    return {
        name: StaticFile(data, MEDIA_TYPES[name.rpartition(".")[2]], content_tag(data)) for name, data in loaded.items()
    }


def static_file(name: str) -> StaticFile | None:
    """The static file of that name, None for any other name."""
    return _static_files().get(name)


def content_tag(data: bytes) -> str:
    """The text of a strong entity tag (RFC 9110, 8.8.3) of these bytes, without quotes."""
    return hashlib.sha256(data).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a visitor reads: the language and whether the address asked for it."""

    language: Language
    chosen: bool

    @classmethod
    def of(cls, lang: str | None, accept_language: str | None) -> "Reading":
        """The language of `?lang=` when we have it, else the browser's, else Chinese."""
        for language in LANGUAGES:
            if lang == language:
                return cls(language, chosen=True)
        return cls(negotiate(accept_language), chosen=False)


class Pages:
    """Renders the templates for one public base address. `contact` is where objections go, which are answered within
    so many working days."""

    def __init__(self, base_url: str, contact: str, days: int) -> None:
        self.base_url = base_url.rstrip("/")
        self._contact = contacts.pieces(contact)
        self._days = days

    @cached_property
    def _environment(self) -> Environment:
        folder = str(files("service.web").joinpath("templates"))
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["paragraphs"] = paragraphs
        environment.globals["languages"] = LANGUAGES
        environment.globals["contact"] = self._contact
        environment.globals["answer_days"] = self._days
        environment.globals["static"] = _static_address
        return environment

    def absolute(self, path: str) -> str:
        """The full public address of a path of ours."""
        return self.base_url + path

    def render(
        self, template: str, reading: Reading, path: str, *, keep: dict[str, str] | None = None, **values: object
    ) -> bytes:
        """The page in the visitor's language. `path` is its own, `keep` what its query holds beside the language."""

        def text(key: str, **parameters: object) -> str:
            return translate(key, reading.language, **parameters)

        def link(target: str, **query: str) -> str:
            if reading.chosen:
                query = {"lang": reading.language, **query}
            return f"{target}?{urlencode(query)}" if query else target

        def here(language: Language | None = None) -> str:
            query = (keep or {}) | ({} if language is None else {"lang": language})
            return f"{path}?{urlencode(query)}" if query else path

        return (
            self._environment.get_template(template)
            .render(
                t=text,
                link=link,
                here=here,
                absolute=self.absolute,
                path=path,
                language=reading.language,
                chose_language=reading.chosen,
                month=lambda day: format_month(day, reading.language),
                day=lambda day: format_day(day, reading.language),
                **values,
            )
            .encode()
        )


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: parted by line ends, none empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def format_month(day: date, language: Language) -> str:
    """'2026年6月', 'June 2026'."""
    name = translate(f"web.date.month_{day.month}", language)
    return translate("web.date.month", language, year=day.year, month=day.month, month_name=name)


def format_day(day: date, language: Language) -> str:
    """'2026年6月3日', '3 June 2026'."""
    name = translate(f"web.date.month_{day.month}", language)
    return translate("web.date.day", language, year=day.year, month=day.month, day=day.day, month_name=name)


def _static_address(name: str) -> str:
    return f"/static/{name}?v={_static_files()[name].tag[:12]}"
