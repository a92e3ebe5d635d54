"""What the texts of a case must have and must not have before anybody else reads them."""

from collections.abc import Iterator

from msgspec.structs import asdict

from schemas.cases import CaseContent, TextFinding, VenueType
from service.domain.generalization import suggest
from service.domain.plain_text import says_something
from service.domain.text_circumstances import Vocabulary, find_everything
from service.i18n import Language, translate
from service.problems import Problem


def require_complete(content: CaseContent) -> None:
    """422 `case.incomplete` with everything that is missing. English may be absent, but not half there."""
    missing = [] if content.venue_type is not None else ["venue_type"]
    missing += [field for field, _language, text in fields(content) if not says_something(text)]
    if missing:
        raise Problem("case.incomplete", missing=missing)


def scan(content: CaseContent, vocabulary: Vocabulary, cities: dict[Language, str]) -> list[TextFinding]:
    """Everything in the texts that must not be public, with what could stand there instead."""
    return [
        TextFinding(
            field=field,
            start=finding.start,
            end=finding.end,
            kind=finding.kind.value,
            suggestion=suggest(
                finding.kind,
                text[finding.start : finding.end],
                language,
                venue=translate(f"cases.venue.{content.venue_type or VenueType.OTHER}", language),
                city=cities[language],
                before=text[: finding.start],
            ),
        )
        for field, language, text in fields(content)
        for finding in find_everything(text, vocabulary)
    ]


def refuse_exposures(findings: list[TextFinding]) -> None:
    """422 `case.text_exposes` with field, characters from and to, kind and suggestion of everything that was found."""
    if findings:
        raise Problem("case.text_exposes", findings=[asdict(finding) for finding in findings])


def fields(content: CaseContent) -> Iterator[tuple[str, Language, str]]:
    """Every text of the case with its name, `chinese.title`, and its language."""
    languages: tuple[tuple[str, Language], ...] = (("chinese", "zh-CN"), ("english", "en"))
    for name, language in languages:
        texts = getattr(content, name)
        if texts is not None:
            for field in texts.__struct_fields__:
                yield f"{name}.{field}", language, getattr(texts, field)
