"""How a hazard of the demo world comes about and what is done with it, as data."""

from dataclasses import dataclass, field
from typing import Any

from schemas.hazards import Action, HandBackReason, ReviewMode
from schemas.places import Datum
from service.demo.accounts import CHENGQU
from service.demo.pictures import Variant
from service.demo.timeline import Moment


@dataclass(frozen=True, slots=True)
class Step:
    """One action: who takes it and when. `due` and `variant` are what their bodies need from outside."""

    action: Action
    by: str
    when: Moment
    fields: dict[str, Any] = field(default_factory=dict)
    due: Moment | None = None
    variant: Variant | None = None


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
    organization: str = CHENGQU
    reporter: str = "inspector"
    datum: Datum = Datum.WGS84
    offline: bool = False
    photo_north_degrees: float = 0.0
    """How much farther north the photo says that it was taken."""


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
    fixes = [step for step in story.steps if step.variant is not None]
    taken = [Shot(story, "blocked", story.reporter, story.found, 0)]
    for number, step in enumerate(fixes, start=1):
        assert step.variant is not None
        taken.append(Shot(story, step.variant, step.by, step.when, number))
    return taken


def register(days_ago: int, clock: str, by: str = "desk") -> Step:
    """The desk takes the report in."""
    return Step(Action.REGISTER, by, Moment(days_ago, clock))


def assign(days_ago: int, clock: str, due: Moment, notice: str) -> Step:
    """The desk gives it to the owner with a deadline and a notice."""
    return Step(Action.ASSIGN, "desk", Moment(days_ago, clock), {"owner": "owner", "notice": notice}, due=due)


def accept(days_ago: int, clock: str) -> Step:
    """The owner begins."""
    return Step(Action.ACCEPT, "owner", Moment(days_ago, clock))


def hand_back(days_ago: int, clock: str, reason: HandBackReason, remarks: str) -> Step:
    """The owner says that it is not theirs."""
    return Step(Action.HAND_BACK, "owner", Moment(days_ago, clock), {"reason": reason, "remarks": remarks})


def submit(days_ago: int, clock: str, measures: str, variant: Variant = "cleared") -> Step:
    """The owner files a fix with a photo of the place as it is then."""
    return Step(Action.SUBMIT, "owner", Moment(days_ago, clock), {"measures": measures}, variant=variant)


def pass_review(days_ago: int, clock: str, mode: ReviewMode, remarks: str) -> Step:
    """The reviewer finds it fixed."""
    return Step(Action.PASS, "reviewer", Moment(days_ago, clock), {"mode": mode, "remarks": remarks})


def fail_review(days_ago: int, clock: str, mode: ReviewMode, reason: str) -> Step:
    """The reviewer finds it not fixed."""
    return Step(Action.FAIL, "reviewer", Moment(days_ago, clock), {"mode": mode, "reason": reason})


def reopen(days_ago: int, clock: str, reason: str) -> Step:
    """The desk opens it again."""
    return Step(Action.REOPEN, "desk", Moment(days_ago, clock), {"reason": reason})
