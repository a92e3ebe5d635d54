"""When two requests are the same request."""

from uuid import uuid4

import msgspec

from schemas.base import Request
from schemas.hazards import HazardReport
from schemas.visits import VisitReport
from service.domain.permissions import Actor
from service.routes import hazard_examples, paper_examples
from service.workflows.repeatable import Repeatable

SOMEBODY = Actor(uuid4(), "inspector", "检查员A", ())
KEY = uuid4()


class Visit(Request, kw_only=True, frozen=True):
    place: str
    notes: list[str]


class VisitOfTheNextVersion(Visit, kw_only=True, frozen=True):
    weather: str | None = None
    night: bool = False


def digest(*content: object) -> bytes:
    return Repeatable.of(KEY, SOMEBODY, "visit", *content).digest


def test_a_phone_that_repeats_across_an_upgrade_is_heard_as_repeating() -> None:
    before = Visit(place="东侧楼梯", notes=["a", "b"])
    assert digest(before) == digest(VisitOfTheNextVersion(place="东侧楼梯", notes=["a", "b"]))
    assert digest(before) != digest(VisitOfTheNextVersion(place="东侧楼梯", notes=["a", "b"], night=True))
    assert digest(before) != digest(Visit(place="东侧楼梯", notes=["b", "a"]))


def test_a_default_said_aloud_is_the_same_as_not_said() -> None:
    said = hazard_examples.REPORT | {"offline": False, "premises": None}
    silent = {name: value for name, value in said.items() if name not in ("offline", "premises")}
    assert digest(msgspec.convert(said, HazardReport)) == digest(msgspec.convert(silent, HazardReport))
    papers = paper_examples.VISIT | {"attachments": []}
    assert digest(msgspec.convert(papers, VisitReport)) == digest(msgspec.convert(paper_examples.VISIT, VisitReport))


def test_the_same_words_in_other_fields_are_other_content() -> None:
    one = hazard_examples.REPORT | {"premises": "甲", "building": "乙"}
    other = hazard_examples.REPORT | {"premises": "乙", "building": "甲"}
    assert digest(msgspec.convert(one, HazardReport)) != digest(msgspec.convert(other, HazardReport))
    assert digest("a", "b") != digest("ab")
