"""How a hazard of the demo world comes about and what is done with it, as data."""

from dataclasses import dataclass, field
from typing import Any

from schemas.hazards import Action, HandBackReason, Represented, ReviewMode, Source
from schemas.places import Datum
from service.demo.pictures import Variant
from service.demo.timeline import Moment

AGREED = "与整改责任人现场商定的期限。"


@dataclass(frozen=True, slots=True)
class Step:
    """One action: who takes it and when. The other fields are what bodies need from outside.

    `notice` names the notice by which it happens: then it is that notice's doing, and only counted here.
    """

    action: Action
    by: str
    when: Moment
    fields: dict[str, Any] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    """Fields of the body that are instants."""
    variant: Variant | None = None
    original: str | None = None
    """The story into whose hazard this one is merged."""
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class SpotFix:
    """What was put right while the finder stood there, and who of the enterprise checked it."""

    when: Moment
    measures: str
    checked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A hazard. `scene` and `seed` say which drawn place it is; position is in the datum that the phone declares."""

    name: str
    scene: str
    seed: int
    category: str
    premises: str
    place: str
    description: str
    latitude: float
    longitude: float
    found: Moment
    steps: tuple[Step, ...] = ()
    floor: str | None = None
    reporter: str = "inspector"
    second: str | None = None
    source: Source = "inspection"
    informant: Represented | None = None
    checkpoint: str | None = None
    """The checkpoint whose code was scanned."""
    visit: str | None = None
    fixed: SpotFix | None = None
    shown: Variant = "blocked"
    """What the photo of the report shows."""
    datum: Datum = Datum.WGS84
    offline: bool = False
    photo_north_degrees: float = 0.0
    """How much farther north the photo says that it was taken."""

    @property
    def version(self) -> int:
        """Of the hazard when its story has been told."""
        return 1 + len(self.steps) + (self.fixed is not None)


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo that somebody of the demo takes of a place."""

    story: Story
    variant: Variant
    by: str
    when: Moment
    number: int

    @property
    def name(self) -> str:
        return f"{self.story.name} photo {self.number}"


def shots_of(story: Story) -> list[Shot]:
    """The photo of the report, then one for each fix that was filed."""
    taken = [Shot(story, story.shown, story.reporter, story.found, 0)]
    if story.fixed is not None:
        taken.append(Shot(story, "cleared", story.reporter, story.fixed.when, 1))
    for number, step in enumerate((step for step in story.steps if step.variant is not None), start=1):
        assert step.variant is not None
        taken.append(Shot(story, step.variant, step.by, step.when, number))
    return taken


def register(days_ago: int, clock: str, by: str = "desk", verification: str | None = None) -> Step:
    """The desk takes the report in."""
    fields = {} if verification is None else {"verification": verification}
    return Step(Action.REGISTER, by, Moment(days_ago, clock), fields)


def assign(days_ago: int, clock: str, notice: str, due: Moment | None = None, end: str = "") -> Step:
    """The desk gives it to the owner, by the catalogue's days where it sets no date. `end` is the district's."""
    fields = {"owner": f"owner{end}", "notice": notice} | ({} if due is None else {"due_reason": AGREED})
    return Step(Action.ASSIGN, f"desk{end}", Moment(days_ago, clock), fields, {} if due is None else {"due_at": due})


def by_notice(action: Action, days_ago: int, clock: str, notice: str) -> Step:
    """What happens to it because it happens to a notice that lists it."""
    return Step(action, "", Moment(days_ago, clock), notice=notice)


def accept(days_ago: int, clock: str, end: str = "") -> Step:
    """The owner begins."""
    return Step(Action.ACCEPT, f"owner{end}", Moment(days_ago, clock))


def hand_back(days_ago: int, clock: str, reason: HandBackReason, remarks: str) -> Step:
    """The owner says that it is not theirs."""
    return Step(Action.HAND_BACK, "owner", Moment(days_ago, clock), {"reason": reason, "remarks": remarks})


def submit(
    days_ago: int, clock: str, measures: str, variant: Variant = "cleared", cost_yuan: int | None = None, end: str = ""
) -> Step:
    """The owner files a fix with a photo of the place as it is then."""
    fields = {"measures": measures} | ({} if cost_yuan is None else {"cost_yuan": cost_yuan})
    return Step(Action.SUBMIT, f"owner{end}", Moment(days_ago, clock), fields, variant=variant)


def pass_review(days_ago: int, clock: str, mode: ReviewMode, remarks: str, end: str = "") -> Step:
    """The reviewer finds it fixed."""
    return Step(Action.PASS, f"reviewer{end}", Moment(days_ago, clock), {"mode": mode, "remarks": remarks})


def fail_review(days_ago: int, clock: str, mode: ReviewMode, reason: str) -> Step:
    """The reviewer finds it not fixed."""
    return Step(Action.FAIL, "reviewer", Moment(days_ago, clock), {"mode": mode, "reason": reason})


def reopen(days_ago: int, clock: str, reason: str) -> Step:
    """The desk opens it again."""
    return Step(Action.REOPEN, "desk", Moment(days_ago, clock), {"reason": reason})


def grade_major(
    days_ago: int, clock: str, reason: str, arrangements: dict[str, Any], time_limit: Moment, end: str = ""
) -> Step:
    """The desk decides that it is major and lays down the five arrangements."""
    fields = {"level": "major", "reason": reason, "arrangements": arrangements}
    return Step(Action.GRADE, f"desk{end}", Moment(days_ago, clock), fields, {"time_limit": time_limit})
