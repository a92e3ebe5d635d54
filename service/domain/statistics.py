"""The figures of the bureau, each defined once, and the standing of a hazard from which they are counted.

A *standing* is what the events of one hazard up to an instant say of it in figures; it is a function of those events
alone. Figures as of a cut-off count the standings that held at the cut-off, so nothing that happens afterwards changes
them: not a close, an extension, a reopening, a merge, a grading, nor a verdict of `invalid`.

A hazard belongs to the period in which the server received its report (`received_at`, the only clock that is ours), by
the day in China. Every figure of a period is about the hazards found in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from schemas.hazards import Level, Source, State, SupervisingAuthority
from schemas.statistics import Figures, MonthlyFigures
from service.domain.hazards import OWED, Hazard, Round

Tally = Literal["found", "self_check", "transferred", "none"]
"""Where a hazard counts. Each is in exactly one.

- `none`: invalid or duplicate. There was nothing to find, or it is found already under another number.
- `transferred`: handed to another authority; told apart, for this bureau neither finds nor fixes it.
- `self_check`: what an enterprise found at home, while it is general; told apart. A major one goes up and is `found`.
- `found`: all others, from receipt, whether or not a desk has looked at them yet.
"""

YUAN_OF_WAN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What is counted of one hazard, as its events up to some instant tell it."""

    tally: Tally
    level: Level
    source: Source
    category: str
    due_at: datetime | None
    """Of the round being lived, extensions granted so far included. None while nobody has to fix it, after a hand-back
    too. Fixed on the spot was due on the spot: the instant of its close."""
    is_running: bool
    """It is the owner's turn; waiting for a review is not the owner's time."""
    is_fixed: bool
    """Closed, and not reopened since."""
    is_on_time: bool
    """Fixed, and the filing that was accepted came by the deadline; how long the review took is not the owner's."""
    is_on_the_spot: bool
    is_shelved: bool
    is_arranged: bool
    """The five arrangements of a major hazard were recorded (五到位). Cumulative, as is supervision: a reopening that
    asks for them anew does not undo what was done."""
    supervised_by: SupervisingAuthority | None
    """The authority that last put it under its supervision."""
    round: int
    carried_yuan: int
    """Funds of the rounds before this one."""
    funds_yuan: int
    """Those carried, and for this round what the five arrangements secure; without them, what the latest filing that
    tells a cost says."""
    rounds_assigned: int
    """Rounds with a deadline for an owner; a round handed back has none."""
    rounds_extended: int
    """Of these, with at least one extension granted."""
    rounds_reviewed: int
    """Rounds with at least one review decided."""
    rounds_reworked: int
    """Of these, sent back at least once, by the reviewer or by the approver."""
    rounds_first_passed: int
    """Of these, whose first filing the reviewer passed and no approver sent back."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over hazards of one tally and level as of a cut-off; what each counts is at `Figures` below."""

    tally: Tally
    level: Level
    hazards: int = 0
    fixed: int = 0
    due: int = 0
    fixed_on_time: int = 0
    overdue: int = 0
    on_the_spot: int = 0
    shelved: int = 0
    planned: int = 0
    planned_with_five: int = 0
    supervised: int = 0
    supervised_by_city: int = 0
    supervised_by_province: int = 0
    assigned_rounds: int = 0
    extended_rounds: int = 0
    reviewed_rounds: int = 0
    reworked_rounds: int = 0
    first_passed_rounds: int = 0
    funds_yuan: int = 0


@dataclass(slots=True)
class Group:
    """The counts of one row, gathered piece by piece."""

    pieces: list[Counts] = field(default_factory=list)

    def of(self, name: str, *, tally: Tally = "found", level: Level | None = None) -> int:
        """The sum of one count over the pieces of a tally and, where it matters, a level."""
        return sum(
            getattr(piece, name) for piece in self.pieces if piece.tally == tally and level in (None, piece.level)
        )


def standing_of(hazard: Hazard, before: Standing | None) -> Standing:
    """The standing of a hazard as it is now, after the standing of before its latest event; None: it is new."""
    current, is_fixed = hazard.round, hazard.state is State.CLOSED
    is_on_the_spot = is_fixed and current.on_the_spot
    due_at = current.closed_at if is_on_the_spot else current.due_at
    filed_at = current.closed_at if is_on_the_spot or not current.attempts else current.attempts[-1].submitted_at
    assigned = [turn for turn in hazard.rounds if turn.due_at is not None]
    reviewed = [turn for turn in hazard.rounds if _is_reviewed(turn)]
    arrangements, supervision = hazard.details.arrangements, hazard.details.supervision
    carried_yuan = 0
    if before is not None:
        carried_yuan = before.carried_yuan if before.round == current.number else before.funds_yuan
    return Standing(
        tally=_tally_of(hazard),
        level=hazard.level,
        source=hazard.finding.source,
        category=hazard.finding.category,
        due_at=due_at,
        is_running=hazard.state in OWED,
        is_fixed=is_fixed,
        is_on_time=is_fixed and due_at is not None and filed_at is not None and filed_at <= due_at,
        is_on_the_spot=is_on_the_spot,
        is_shelved=hazard.details.shelving is not None,
        is_arranged=arrangements is not None or (before is not None and before.is_arranged),
        supervised_by=supervision.authority if supervision is not None else before.supervised_by if before else None,
        round=current.number,
        carried_yuan=carried_yuan,
        funds_yuan=carried_yuan + (_cost_yuan(current) if arrangements is None else arrangements.funds_yuan),
        rounds_assigned=len(assigned),
        rounds_extended=sum(any(extension.granted for extension in turn.extensions) for turn in assigned),
        rounds_reviewed=len(reviewed),
        rounds_reworked=sum(_is_reworked(turn) for turn in reviewed),
        rounds_first_passed=sum(_is_passed_at_first(turn) for turn in reviewed),
    )


def counts_of(standing: Standing, cutoff: datetime) -> Counts:
    """What one standing that holds at the cut-off adds to the counts; repositories.statistics sums the same in SQL."""
    is_due = standing.due_at is not None and standing.due_at <= cutoff
    is_planned = standing.rounds_assigned > 0
    return Counts(
        standing.tally,
        standing.level,
        hazards=1,
        fixed=standing.is_fixed,
        due=is_due,
        fixed_on_time=is_due and standing.is_on_time,
        overdue=standing.is_running and standing.due_at is not None and standing.due_at < cutoff,
        on_the_spot=standing.is_on_the_spot,
        shelved=standing.is_shelved,
        planned=is_planned,
        planned_with_five=is_planned and standing.is_arranged,
        supervised=standing.supervised_by is not None,
        supervised_by_city=standing.supervised_by == "city",
        supervised_by_province=standing.supervised_by == "province",
        assigned_rounds=standing.rounds_assigned,
        extended_rounds=standing.rounds_extended,
        reviewed_rounds=standing.rounds_reviewed,
        reworked_rounds=standing.rounds_reworked,
        first_passed_rounds=standing.rounds_first_passed,
        funds_yuan=standing.funds_yuan,
    )


def figures(pieces: Iterable[Counts]) -> Figures:
    """The figures of a group. Sources: the ledger, the upward monthly table and 整改率 with its companions.

    - found 排查: in the period, see `Tally`; = general + major. fixed 已整改: closed at the cut-off. fix rate 整改率:
      fixed / found. A major hazard is fixed once its close is approved (销号).
    - fixed on the spot 立行立改: found and fixed in one visit; counted in found, in fixed, in due and as on time.
    - due 应整改: its deadline, as it stood at the cut-off, is not after the cut-off. On-time rate 按期整改率: fixed and
      filed by that deadline / due. Fixed early, it counts in both once its deadline has come.
    - overdue 逾期: the deadline is past and it is the owner's turn.
    - shelved 挂账: decided so; listed apart here and never taken out of any other figure.
    - extension rate 延期率: rounds with an extension granted / rounds with a deadline for an owner.
    - rework rate 返工率: rounds sent back at least once / rounds reviewed. First-pass rate 一次通过率: rounds whose
      first filing passed / rounds reviewed. A fix on the spot has no review and is in neither.
    - planned 列入治理计划: major, and given to an owner with a deadline. with five 五到位: of these, with the five
      arrangements on record. supervised 挂牌督办: by any authority; by city and by province are parts of it.
    - funds 累计落实治理资金: see `Standing.funds_yuan`.
    - self-check and transferred stand apart and are in none of the above.
    """
    group = Group(list(pieces))
    found, fixed = group.of("hazards"), group.of("fixed")
    general, major = group.of("hazards", level="general"), group.of("hazards", level="major")
    general_fixed, major_fixed = group.of("fixed", level="general"), group.of("fixed", level="major")
    due, on_time = group.of("due"), group.of("fixed_on_time")
    assigned, extended = group.of("assigned_rounds"), group.of("extended_rounds")
    reviewed, reworked = group.of("reviewed_rounds"), group.of("reworked_rounds")
    first_passed = group.of("first_passed_rounds")
    return Figures(
        found=found,
        fixed=fixed,
        fix_rate=rate(fixed, found),
        general_found=general,
        general_fixed=general_fixed,
        general_fix_rate=rate(general_fixed, general),
        major_found=major,
        major_fixed=major_fixed,
        major_fix_rate=rate(major_fixed, major),
        fixed_on_the_spot=group.of("on_the_spot"),
        due=due,
        fixed_on_time=on_time,
        on_time_rate=rate(on_time, due),
        overdue=group.of("overdue"),
        shelved=group.of("shelved"),
        assigned_rounds=assigned,
        extended_rounds=extended,
        extension_rate=rate(extended, assigned),
        reviewed_rounds=reviewed,
        reworked_rounds=reworked,
        rework_rate=rate(reworked, reviewed),
        first_passed_rounds=first_passed,
        first_pass_rate=rate(first_passed, reviewed),
        planned=group.of("planned", level="major"),
        planned_with_five=group.of("planned_with_five", level="major"),
        supervised=group.of("supervised"),
        supervised_by_city=group.of("supervised_by_city"),
        supervised_by_province=group.of("supervised_by_province"),
        funds_yuan=group.of("funds_yuan"),
        self_check_found=group.of("hazards", tally="self_check"),
        self_check_fixed=group.of("fixed", tally="self_check"),
        transferred=group.of("hazards", tally="transferred"),
    )


def monthly(told: Figures, premises_visited: int) -> MonthlyFigures:
    """The columns of the upward monthly table. 排查单位(家): premises visited at least once since January."""
    return MonthlyFigures(
        premises_visited=premises_visited,
        general_found=told.general_found,
        general_fixed=told.general_fixed,
        general_fix_rate=told.general_fix_rate,
        major_found=told.major_found,
        major_fixed=told.major_fixed,
        major_fix_rate=told.major_fix_rate,
        planned=told.planned,
        planned_with_five=told.planned_with_five,
        supervised=told.supervised,
        supervised_by_province=told.supervised_by_province,
        funds_wan=wan(told.funds_yuan),
    )


def rate(part: int, whole: int) -> float | None:
    """A share of one; None where there is nothing to divide by: it is blank, neither 0 nor 100 %."""
    return part / whole if whole else None


def wan(yuan: int) -> float:
    """Whole yuan in 万元, to the yuan."""
    return round(yuan / YUAN_OF_WAN, 4)


def _tally_of(hazard: Hazard) -> Tally:
    if hazard.state in (State.INVALID, State.DUPLICATE):
        return "none"
    if hazard.state is State.TRANSFERRED:
        return "transferred"
    return "self_check" if hazard.finding.source == "self_check" and hazard.level == "general" else "found"


def _cost_yuan(turn: Round) -> int:
    told = [filed.cost_yuan for filed in turn.attempts if filed.cost_yuan is not None]
    return told[-1] if told else 0


def _is_reviewed(turn: Round) -> bool:
    return any(filed.outcome is not None for filed in turn.attempts)


def _is_reworked(turn: Round) -> bool:
    return any(filed.outcome == "failed" or filed.close_outcome == "refused" for filed in turn.attempts)


def _is_passed_at_first(turn: Round) -> bool:
    first = turn.attempts[0]
    return first.outcome == "passed" and first.close_outcome != "refused"
