"""The deployment's own names, as far as a text speaks of them."""

from collections.abc import Iterable
from typing import Final

from schemas.cases import CaseContent
from service.database import Connection
from service.domain.case_texts import fields
from service.domain.coarsening import VENUE_WORDS
from service.domain.plain_text import squeeze
from service.domain.text_circumstances import Vocabulary
from service.domain.text_findings import Exposure
from service.i18n import LANGUAGES, Language, find
from service.repositories import names, organizations
from service.repositories.cases import CaseRow

_PLAIN_WORDS: Final = frozenset(word for words in VENUE_WORDS.values() for word in words)
"""What a register may carelessly have as a name and every text needs."""


async def spoken_of(connection: Connection, texts: Iterable[str]) -> Vocabulary:
    """Names of units, people and places of the register that stand in one of these texts."""
    # Parted by something that is in no name, or the end of one text and the beginning of the next would make one.
    squeezed = "\u001f".join(squeeze(text) for text in texts)
    if not squeezed:
        return Vocabulary()
    found = await names.spoken_of(connection, squeezed)
    return Vocabulary(tuple((Exposure(kind), word) for kind, word in found if word.lower() not in _PLAIN_WORDS))


async def of_case(connection: Connection, case: CaseRow, content: CaseContent) -> Vocabulary:
    """What may not be named in these texts: of the register, and of the district where only the city is told."""
    found = await spoken_of(connection, [text for _field, _language, text in fields(content)])
    if content.place_level == "district":
        return found
    organization = await organizations.by_id(connection, case.organization_id)
    assert organization is not None
    if organization.parent_id is None:
        return found
    districts = {case.area_chinese, case.area_english, organization.name}
    for language in LANGUAGES:
        districts.update((find(f"cases.area_also.{organization.code}", language) or "").split(", "))
    return found | Vocabulary(tuple((Exposure.DISTRICT, name) for name in sorted(filter(None, districts))))


async def city_of(connection: Connection, case: CaseRow) -> tuple[str, dict[Language, str]]:
    """The code of the city, the root of the tree of organizations, and its name in each language."""
    root = await organizations.root_of(connection, case.organization_id)
    named = {language: find(f"cases.area.{root.code}", language) or root.name for language in LANGUAGES}
    return root.code, named
