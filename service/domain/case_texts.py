"""What the texts of a case must have and must not have before anybody else reads them."""

from collections.abc import Iterator

from schemas.cases import CaseContent
from service.domain.text_masking import find_exposures
from service.problems import Problem


def require_complete(content: CaseContent) -> None:
    """422 `case.incomplete` with everything that is missing. English may be absent, but not half there."""
    missing = [] if content.venue_type is not None else ["venue_type"]
    missing += [field for field, text in _fields(content) if not text.strip()]
    if missing:
        raise Problem("case.incomplete", missing=missing)


def refuse_exposures(content: CaseContent) -> None:
    """422 `case.text_exposes` with field, characters from and to, and kind of everything that must not be public."""
    findings = [
        {"field": field, "start": finding.start, "end": finding.end, "kind": finding.kind.value}
        for field, text in _fields(content)
        for finding in find_exposures(text)
    ]
    if findings:
        raise Problem("case.text_exposes", findings=findings)


def _fields(content: CaseContent) -> Iterator[tuple[str, str]]:
    for name, texts in (("chinese", content.chinese), ("english", content.english)):
        if texts is not None:
            for field in texts.__struct_fields__:
                yield f"{name}.{field}", getattr(texts, field)
