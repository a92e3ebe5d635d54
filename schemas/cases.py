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
PlaceLevel = Literal["district", "city"]
ExaminationState = Literal["waiting", "running", "done", "failed", "unavailable"]
Subject = Literal["face", "plate", "text", "code"]
Statement = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^\s*[^\s\u0000][^\u0000]*" + END)]


class CaseState(StrEnum):
    """Where the work on a case stands. The public has a copy from `published` on, also while a case is amended, until
    it is suspended or, for good, `retracted`."""

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
    AMEND = "amend"
    SUSPEND = "suspend"
    RESUME = "resume"


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
    place_level: Annotated[
        PlaceLevel, msgspec.Meta(description="What the public is told of the place: its district, or only the city")
    ] = "district"
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
    subject: Annotated[
        Literal["face", "plate", "text", "code", "other"] | None, msgspec.Meta(description="What lies under it")
    ] = None
    proposal: (
        Annotated[str, msgspec.Meta(max_length=40, description="The detector's proposal from which it was made")] | None
    ) = None


class PictureMasks(Request, kw_only=True, frozen=True):
    """Replaces a picture's masks. An empty list must say `none_needed`: somebody looked and saw nothing to hide."""

    masks: Annotated[list[Mask], msgspec.Meta(max_length=400)]
    none_needed: bool = False


class CaseActionRequest(Request, kw_only=True, frozen=True):
    """Body of every case action. The same `action_id` again gets the same answer and changes nothing."""

    action_id: UUID
    reason: Reason | None = None


class Overrule(Request, kw_only=True, frozen=True):
    """Lets a picture pass although the gate found something in it: a written reason, for one finding."""

    finding_id: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["face-1"])]
    reason: Reason


class ImpactAssessment(Request, kw_only=True, frozen=True):
    """The assessment before personal information may become public (PIPL, articles 55 and 56), kept with the case.

    `purpose`: why this is published. `personal_information`: whose could be in it. `necessity`: why nothing less will
    do. `risks`: what publication could do to somebody. `measures`: what was done against that.
    """

    purpose: Statement
    personal_information: Statement
    necessity: Statement
    risks: Statement
    measures: Statement
    conclusion: Literal["publish", "do_not_publish"]


class Assessed(Answer, kw_only=True, frozen=True):
    """An impact assessment with who made it and when."""

    assessment: ImpactAssessment
    by: Person
    at: datetime


class TextFinding(Answer, kw_only=True, frozen=True):
    """Characters (code points) `start` up to `end` of a text, why they must not be public, and what could stand there.

    `field` is `chinese.title` and so on; an empty `suggestion` means: leave it out.
    """

    field: str
    start: int
    end: int
    kind: str
    suggestion: str


class TextScan(Answer, kw_only=True, frozen=True):
    """What must not be published of the texts that were sent."""

    findings: list[TextFinding]


class Proposal(Answer, kw_only=True, frozen=True):
    """Something that a detector found in a picture. `source` is the detector, `reasons` say what a text gives away.

    `suggested` is false for safety signs: they are the lesson and stay.
    """

    id: str
    subject: Subject
    points: list[Point]
    confidence: float
    source: str
    reasons: list[str]
    text: str | None
    suggested: bool


class Overruled(Answer, kw_only=True, frozen=True):
    """Why a person let a finding pass."""

    reason: str
    person: Person
    at: datetime


class GateFinding(Answer, kw_only=True, frozen=True):
    """Something that is still to be seen in the finished picture, and who said that it may be."""

    finding: Proposal
    overrule: Overruled | None


class Examination(Answer, kw_only=True, frozen=True):
    """The detectors' look at the original photo: `step` of `steps` while it is `running`.

    `unavailable`: this deployment has no detectors, people find what is to be masked.
    """

    state: ExaminationState
    step: int
    steps: int
    findings: list[Proposal]


class Gate(Answer, kw_only=True, frozen=True):
    """The detectors' look at the finished picture. What it found and nobody overruled keeps the case back."""

    state: ExaminationState
    step: int
    steps: int
    findings: list[GateFinding]


class Blocker(Answer, kw_only=True, frozen=True):
    """Something that stands between the case and the public: the problem that submitting would answer."""

    code: str
    title: str
    detail: str | None


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
    masked_by: Person | None
    detection: Examination
    gate: Gate


class OfferedCaseAction(Answer, kw_only=True, frozen=True):
    """Something that the person asking may do with the case now."""

    action: CaseAction
    label: str


class CaseSummary(Answer, kw_only=True, frozen=True):
    """A case in a list. `address` is that of its public page, while the public sees one; while it is `suspended`, the
    public is told that it is being looked into."""

    id: UUID
    hazard_id: UUID
    state: CaseState
    state_label: str
    version: int
    title: str
    created_at: datetime
    published_at: datetime | None
    address: str | None
    suspended: bool


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
    place_level: PlaceLevel
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
    amended_at: datetime | None
    suspended_at: datetime | None
    retracted_at: datetime | None
    address: str | None
    public: bool
    assessment: Assessed | None
    blockers: list[Blocker]
    actions: list[OfferedCaseAction]
    demo: bool


class PublicPicture(Answer, kw_only=True, frozen=True):
    """A picture as the public gets it. `widths`, ascending, are those of its files, the last its own; each is there as
    JPEG and WebP."""

    name: str
    role: PhotoRole
    width: int
    height: int
    widths: list[int]


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
    area_code: str
    category_code: str
    chinese: PublicTexts
    english: PublicTexts | None
    category_english: str | None
    pictures: list[PublicPicture]
    published_at: datetime
    amended_at: datetime | None
    demo: bool


class PublicFacets(Answer, kw_only=True, frozen=True):
    """By what the published cases can be filtered, each with how many there are."""

    categories: list[tuple[str, str, str | None, int]]
    areas: list[tuple[str, str, str | None, int]]
    months: list[tuple[date, int]]
