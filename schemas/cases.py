"""Cases: what an editor writes, what two people review, what the public reads."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from schemas.base import END, Answer, Request
from schemas.hazard_answers import Person
from schemas.hazards import PhotoRole

# PostgreSQL's text holds no NUL, and a title is one line.
Title = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\u0000-\u001f]*" + END, description="One line")]
Paragraphs = Annotated[
    str, msgspec.Meta(max_length=2000, pattern=r"^[^\u0000]*" + END, description="Plain text, a paragraph a line")
]
Reason = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^\s*[^\s\u0000][^\u0000]*" + END)]
Fraction = Annotated[
    float, msgspec.Meta(ge=0, le=1, description="Of the upright picture's width or height; 0, 0 is top left")
]
Point = tuple[Fraction, Fraction]
PictureState = Literal["unmasked", "pending", "ready", "failed"]


class CaseState(StrEnum):
    """Where a case stands. Only `published` is visible to the public; `retracted` is gone for good."""

    DRAFT = "draft"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETRACTED = "retracted"


class CaseAction(StrEnum):
    """What a person can do to a case as a whole."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    RETRACT = "retract"


class VenueType(StrEnum):
    """The kind of place, all that is published about a unit."""

    CONSTRUCTION_SITE = "construction_site"
    DORMITORY = "dormitory"
    FACTORY = "factory"
    GAS_STATION = "gas_station"
    HOSPITAL = "hospital"
    HOTEL = "hotel"
    MARKET = "market"
    OFFICE = "office"
    OTHER = "other"
    RESIDENTIAL = "residential"
    RESTAURANTS = "restaurants"
    SCHOOL = "school"
    SHOPPING_CENTER = "shopping_center"
    TRANSPORT = "transport"
    UTILITY_PLANT = "utility_plant"


class CaseRequest(Request, kw_only=True, frozen=True):
    """Starts a case from a closed hazard."""

    hazard_id: Annotated[UUID, msgspec.Meta(examples=["0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"])]


class CaseTexts(Request, kw_only=True, frozen=True):
    """What the public reads, in one language. May be incomplete in a draft."""

    title: Title = ""
    found: Paragraphs = ""
    handled: Paragraphs = ""
    legal_basis: Paragraphs = ""
    lesson: Paragraphs = ""


class CaseContent(Request, kw_only=True, frozen=True):
    """Replaces the texts of a draft. Chinese is required before `submit`, English may be null."""

    venue_type: VenueType | None = None
    chinese: CaseTexts
    english: CaseTexts | None = None


class PictureChoice(Request, kw_only=True, frozen=True):
    """Takes one of the hazard's photos as picture n, unmasked; what stood there before is dropped."""

    photo_id: Annotated[UUID, msgspec.Meta(examples=["0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"])]
    role: PhotoRole


class Mask(Request, kw_only=True, frozen=True):
    """An opaque shape: two opposite corners of a rectangle, or the three to sixty-four corners of a polygon."""

    kind: Literal["rectangle", "polygon"]
    points: Annotated[list[Point], msgspec.Meta(min_length=2, max_length=64)]


class PictureMasks(Request, kw_only=True, frozen=True):
    """Replaces a picture's masks. An empty list must say `none_needed`: somebody looked and saw nothing to hide."""

    masks: Annotated[list[Mask], msgspec.Meta(max_length=200)]
    none_needed: bool = False


class CaseActionRequest(Request, kw_only=True, frozen=True):
    """Body of every case action. The same `action_id` again gets the same answer and changes nothing."""

    action_id: UUID
    reason: Reason | None = None


class CasePicture(Answer, kw_only=True, frozen=True):
    """Picture n of a case. `problem` says why baking the masks failed."""

    number: int
    photo_id: UUID
    role: PhotoRole
    state: PictureState
    version: int
    masks: list[Mask]
    none_needed: bool
    width: int | None
    height: int | None
    problem: str | None


class OfferedCaseAction(Answer, kw_only=True, frozen=True):
    """Something that the person asking may do with the case now."""

    action: CaseAction
    label: str


class CaseSummary(Answer, kw_only=True, frozen=True):
    """A case in a list."""

    id: UUID
    hazard_id: UUID
    state: CaseState
    state_label: str
    version: int
    title: str
    created_at: datetime
    published_at: datetime | None


class Case(Answer, kw_only=True, frozen=True):
    """A case with everything its reviewers need. `actions` are those the asking person may take now."""

    id: UUID
    hazard_id: UUID
    organization_id: UUID
    state: CaseState
    state_label: str
    version: int
    month: str
    venue_type: VenueType | None
    area: str
    category: str
    chinese: CaseTexts
    english: CaseTexts | None
    pictures: list[CasePicture]
    drafter: Person
    first_reviewer: Person | None
    second_reviewer: Person | None
    reason: str | None
    created_at: datetime
    published_at: datetime | None
    retracted_at: datetime | None
    address: str | None
    actions: list[OfferedCaseAction]
    demo: bool


class PublicPicture(Answer, kw_only=True, frozen=True):
    """A picture as the public gets it."""

    name: str
    role: PhotoRole
    width: int
    height: int


class PublicTexts(Answer, kw_only=True, frozen=True):
    """What the public reads, in one language, with the names of area and kind of hazard."""

    title: str
    found: str
    handled: str
    legal_basis: str
    lesson: str
    area: str
    category: str


class PublicCase(Answer, kw_only=True, frozen=True):
    """Everything the public may know, and nothing else: built field by field from columns made for this purpose."""

    slug: str
    month: date
    venue_type: VenueType
    chinese: PublicTexts
    english: PublicTexts | None
    category_english: str | None
    pictures: list[PublicPicture]
    published_at: datetime
    demo: bool
