"""An invented town and two years of hazards in it, as lines for COPY.

What a few tests look for is planted: PLANTED hazards share a rare word, owner, premises, checkpoint, visit and place,
however many others there are.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import asyncpg

from tests import people

DISTRICTS: Final = {
    "140302": ("城区", 113.5801, 37.8604, 30),
    "140303": ("矿区", 113.5526, 37.8695, 20),
    "140311": ("郊区", 113.5802, 37.9405, 16),
    "140321": ("平定县", 113.6247, 37.7998, 14),
    "140322": ("盂县", 113.4053, 38.0853, 12),
    "GXQ": ("高新区", 113.60, 37.86, 8),
}
"""Code -> name, longitude, latitude, weight."""
PLANTED: Final = 50
RARE_WORD: Final = "蓝鲸"
RARE_PLACE: Final = (113.9, 38.4)
RARE_VISIT: Final = uuid5(people.SPACE, "seeded visit")
RARE_OWNER: Final = "seeded-owner-rare"
SPAN: Final = timedelta(days=730)

CATEGORIES: Final = {
    "A01": 160, "F01": 120, "B01": 90, "A04": 80, "C01": 70, "C04": 60, "D01": 55, "G02": 50, "E01": 45, "A02": 40,
    "A03": 35, "C05": 30, "C03": 25, "D02": 22, "B05": 20, "F02": 18, "C02": 15, "G01": 14, "A05": 12, "E02": 10,
    "H01": 8, "D03": 7, "B02": 6, "J01": 5, "A08": 4, "Z99": 3, "H03": 2, "A06": 1,
}  # fmt: skip
MAJOR: Final = {"A03", "A05", "A06", "C01", "C03", "C04", "C05", "D02", "J01"}
ROADS: Final = ("南大街", "德胜街", "泉中路", "义井西街", "南庄路", "桃北西街", "新华东街", "北大街")
VENUES: Final = ("商厦", "农贸市场", "住宅小区", "职工宿舍", "客运站", "换热站", "餐饮街", "学校", "宾馆", "厂房")
SPOTS: Final = (
    "东侧疏散楼梯",
    "西侧安全出口",
    "一层走道",
    "二层平台",
    "地下车库入口",
    "消防车通道",
    "前室",
    "南门",
    "配电室门口",
)
FAULTS: Final = (
    "堆放纸箱",
    "停放电动自行车",
    "上锁",
    "应急照明不亮",
    "疏散指示标志脱落",
    "被货架遮挡",
    "加装铁栅栏",
    "防火门常开",
)
REMARKS: Final = ("影响人员疏散。", "现场无人值守。", "已口头告知。", "多次提醒未改。", "住户反映强烈。", "")
NULL: Final = r"\N"


def account(role: str, code: str, number: int) -> str:
    """The login name of a seeded person."""
    return f"seeded-{role}-{code.lower()}-{number}"


RARE_PREMISES: Final = uuid5(people.SPACE, "premises 140302 0")
RARE_CHECKPOINT: Final = uuid5(people.SPACE, "checkpoint 140302 0")


@dataclass(slots=True)
class Rows:
    """Lines in COPY's text format, by table."""

    hazards: list[str] = field(default_factory=list)
    rounds: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)


COLUMNS: Final[dict[str, str]] = {
    "hazards": "id number organization_id category state version round attempt owner_id due_at reported_by description "
    "place building floor given_longitude given_latitude datum position_source accuracy_m position captured_at "
    "device_time offline received_at level source visit_id premises_id checkpoint_id jurisdiction original_id "
    "closed_at shelved_at",
    "hazard_rounds": "hazard_id round opened_at registered_at assigned_at owner_id due_at accepted_at closed_at level "
    "clock clock_started_at original_due_at catalogue_due_at on_the_spot closed_by urged",
    "hazard_attempts": "hazard_id round attempt submitted_at submitted_by measures cost_yuan outcome mode remarks "
    "decided_at decided_by close_outcome close_decided_at close_decided_by",
    "hazard_extensions": "hazard_id round number requested_at requested_by until reason granted granted_until "
    "decided_at decided_by",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Premises with one checkpoint."""

    premises: UUID
    checkpoint: UUID
    longitude: float
    latitude: float
    name: str


class Town:
    """The people and places that seeded hazards happen to."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.chance = chance
        self.places: dict[str, list[Place]] = {}
        for code, (_, longitude, latitude, weight) in DISTRICTS.items():
            blocks = [(chance.gauss(longitude, 0.02), chance.gauss(latitude, 0.015)) for _ in range(12)]
            self.places[code] = [
                self._premises(code, number, chance.choice(blocks))
                for number in range(max(5, count * weight // 100 // 40))
            ]
        self.accounts = {
            role: {code: [people_id(account(role, code, n)) for n in range(many)] for code in DISTRICTS}
            for role, many in (("owner", 60), ("inspector", 20), ("reviewer", 6))
        }

    def _premises(self, code: str, number: int, block: tuple[float, float]) -> Place:
        chance = self.chance
        return Place(
            uuid5(people.SPACE, f"premises {code} {number}"),
            uuid5(people.SPACE, f"checkpoint {code} {number}"),
            chance.gauss(block[0], 0.004),
            chance.gauss(block[1], 0.003),
            f"{chance.choice(ROADS)}演示{chance.choice(VENUES)}",
        )

    async def move_in(self, connection: asyncpg.Connection) -> None:
        """Districts, accounts with their roles, premises and checkpoints. What is there already stays."""
        city = people.organization_id(people.CITY)
        for code, (name, *_) in DISTRICTS.items():
            district = people.organization_id(code)
            await connection.execute(
                "INSERT INTO organizations (id, parent_id, code, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                district, city, code, name,
            )  # fmt: skip
            await connection.executemany(
                """INSERT INTO organization_subtrees (ancestor_id, organization_id) VALUES ($1, $2)
                   ON CONFLICT DO NOTHING""",
                [(district, district), (city, district)],
            )
        names = [(role, code, account(role, code, number))
                 for role, by_code in self.accounts.items() for code, ids in by_code.items()
                 for number in range(len(ids))]  # fmt: skip
        names.append(("owner", people.CHENGQU, RARE_OWNER))
        await connection.executemany(
            """INSERT INTO accounts (id, account, name, password_hash, created_at)
               VALUES ($1, $2, $2, '', now()) ON CONFLICT DO NOTHING""",
            [(people_id(name), name) for _, _, name in names],
        )
        await connection.executemany(
            "INSERT INTO memberships (account_id, role, organization_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(people_id(name), role, people.organization_id(code)) for role, code, name in names],
        )
        await connection.executemany(
            """INSERT INTO premises (id, organization_id, name, unit, venue_type, industry, position)
               VALUES ($1, $2, $3, $3 || '管理处', $4, $5, $6) ON CONFLICT DO NOTHING""",
            [
                (
                    place.premises,
                    people.organization_id(code),
                    place.name,
                    place.name.partition("演示")[2],
                    "居住服务" if place.name.endswith(("小区", "宿舍")) else "商贸服务",
                    (place.longitude, place.latitude),
                )
                for code, places in self.places.items()
                for place in places
            ],
        )
        await connection.executemany(
            "INSERT INTO checkpoints (id, premises_id, name) VALUES ($1, $2, '1号出口') ON CONFLICT DO NOTHING",
            [(place.checkpoint, place.premises) for places in self.places.values() for place in places],
        )


def people_id(name: str) -> UUID:
    """The id of a seeded account; those of `tests.people` have theirs by the same rule."""
    return people.account_id(name)


class History:
    """Makes one hazard after another, oldest first."""

    def __init__(self, count: int, seed: int, until: datetime) -> None:
        self.count, self.until = count, until
        self.chance = random.Random(seed)
        self.town = Town(self.chance, count)
        self.serials: dict[tuple[str, int], int] = {}
        self.every = max(1, count // PLANTED)
        self.latest = ""

    def rows(self, batch: int) -> Iterator[Rows]:
        """All of it, `batch` hazards at a time."""
        codes, weights = list(DISTRICTS), [district[3] for district in DISTRICTS.values()]
        step = SPAN / self.count
        for first in range(0, self.count, batch):
            rows = Rows()
            size = min(batch, self.count - first)
            drawn = zip(
                self.chance.choices(codes, weights, k=size),
                self.chance.choices(list(CATEGORIES), list(CATEGORIES.values()), k=size),
                strict=True,
            )
            for index, (code, category) in enumerate(drawn, first):
                self._hazard(rows, index, code, category, self.until - SPAN + step * (index + self.chance.random()))
            yield rows

    def _state(self, age: timedelta) -> str:
        drawn = self.chance.random()
        days = age / timedelta(days=1)
        if drawn < 0.05:
            return "invalid" if drawn < 0.02 else "transferred" if drawn < 0.035 else "duplicate"
        if drawn < 0.13:
            return "on_the_spot"
        if self.chance.random() < min(0.99, 0.2 + days / 45):
            return "closed"
        choices = ("reported", "registered", "assigned", "rectifying", "pending_review", "pending_close")
        return self.chance.choices(choices, (8 if days < 10 else 1, 8 if days < 20 else 1, 25, 30, 20, 4))[0]

    def _hazard(self, rows: Rows, index: int, code: str, category: str, at: datetime) -> None:
        chance, town = self.chance, self.town
        is_planted = index % self.every == self.every // 2 and index // self.every < PLANTED
        if is_planted:
            code = people.CHENGQU
        identifier = str(
            UUID(int=(int(at.timestamp() * 1000) << 80) | (0x7 << 76) | chance.getrandbits(76) & ~(1 << 63))
        )
        serial = self.serials[code, at.year] = self.serials.get((code, at.year), 0) + 1
        # The first premises of the first district is kept for what is planted.
        first = int(code == people.CHENGQU)
        place = town.places[code][0 if is_planted else chance.randrange(first, len(town.places[code]))]
        longitude, latitude = RARE_PLACE if is_planted else (place.longitude, place.latitude)
        is_placed = is_planted or chance.random() < 0.8
        longitude, latitude = round(chance.gauss(longitude, 2e-4), 6), round(chance.gauss(latitude, 2e-4), 6)
        state = self._state(self.until - at)
        if state == "duplicate" and not self.latest:
            state = "invalid"
        is_major = category in MAJOR and chance.random() < 0.06 and state != "on_the_spot"
        if state == "pending_close":
            is_major = True
        owner = people_id(RARE_OWNER) if is_planted else chance.choice(town.accounts["owner"][code])
        lived = _Life(self, identifier, state, at, owner, code, is_major)
        last = lived.tell(rows)
        spot, fault = chance.choice(SPOTS), chance.choice(FAULTS)
        description = f"{spot}{fault}，{chance.choice(REMARKS)}{RARE_WORD if is_planted else ''}"
        shown = "closed" if state == "on_the_spot" else state
        is_owned = last.owner is not None
        is_shelved = shown == "rectifying" and chance.random() < 0.03
        point = (f"{longitude}\t{latitude}\twgs84\tgps\t{chance.randrange(5, 60)}\t({longitude},{latitude})"
                 if is_placed else "\t".join([NULL] * 6))  # fmt: skip
        told = (at - timedelta(minutes=chance.randrange(1, 30))).isoformat()
        at_checkpoint = is_planted or chance.random() < 0.3
        values = (
            identifier, f"{code}-{at.year}-{serial:06d}", people.organization_id(code), category, shown, last.version,
            last.round, last.attempt, owner if is_owned else NULL, last.due_at if is_owned else NULL,
            chance.choice(town.accounts["inspector"][code]), description, f"{place.name}{spot}", "主楼",
            f"{chance.randrange(1, 19)}F", point, told, told, "f", at.isoformat(), "major" if is_major else "general",
            chance.choices(("inspection", "self_check", "resident", "transferred"), (70, 18, 10, 2))[0],
            RARE_VISIT if is_planted else NULL, place.premises if at_checkpoint or chance.random() < 0.6 else NULL,
            place.checkpoint if at_checkpoint else NULL, "checkpoint" if at_checkpoint else "reporter",
            self.latest if shown == "duplicate" else NULL, last.closed_at if shown == "closed" else NULL,
            at.isoformat() if is_shelved else NULL,
        )  # fmt: skip
        rows.hazards.append("\t".join(map(str, values)))
        if shown not in ("duplicate", "invalid"):
            self.latest = identifier


class _Life:
    """What happened to one hazard after it came in."""

    __slots__ = ("at", "attempt", "chance", "closed_at", "code", "due_at", "hazard", "history", "is_major", "now",
                 "owner", "round", "state", "version", "who")  # fmt: skip

    def __init__(
        self, history: History, hazard: str, state: str, at: datetime, owner: UUID, code: str, is_major: bool
    ) -> None:
        self.history, self.hazard, self.state, self.at, self.code = history, hazard, state, at, code
        self.chance, self.who, self.is_major = history.chance, owner, is_major
        self.owner: UUID | None = None
        self.version, self.round, self.attempt, self.due_at, self.closed_at, self.now = 1, 1, 1, NULL, NULL, at

    def later(self, days: float) -> str:
        """Some time later, and never after the end of the history."""
        self.now = min(self.now + timedelta(days=self.chance.random() * days), self.history.until)
        self.version += 1
        return self.now.isoformat()

    def tell(self, rows: Rows) -> "_Life":
        """Adds its rounds, the last of which ends in its state; earlier ones were closed and came back."""
        if self.state in ("closed", "assigned", "rectifying") and self.chance.random() < 0.03:
            self._round(rows, "closed")
            self.round, self.attempt = 2, 1
            self.version += 1
        self._round(rows, self.state)
        return self

    def _round(self, rows: Rows, end: str) -> None:
        opened = self.now.isoformat()
        self.owner, self.due_at, self.closed_at = None, NULL, NULL
        registered = assigned = accepted = original = closed_by = NULL
        reached = {
            "registered": 1,
            "assigned": 2,
            "rectifying": 3,
            "pending_review": 4,
            "pending_close": 5,
            "closed": 6,
        }
        stage = reached.get(end, 0)
        extended = False
        if end == "on_the_spot":
            self.closed_at = opened
        if stage >= 1:
            registered = self.later(1)
        if stage >= 2:
            assigned = self.later(2)
            self.owner = self.who
            due = self.now + timedelta(days=self.chance.choice((1, 3, 7, 15, 30)))
            original = due.isoformat()
            extended = stage >= 3 and self.chance.random() < 0.06
            self.due_at = (due + timedelta(days=7)).isoformat() if extended else original
        if stage >= 3:
            accepted = self.later(2)
        if stage >= 4 or (stage == 3 and self.chance.random() < 0.15):
            closed_by = self._attempts(rows, stage, extended)
        if stage == 6:
            self.closed_at = self.now.isoformat()
        values = (
            self.hazard, self.round, opened, registered, assigned, self.owner or NULL, self.due_at, accepted,
            self.closed_at, "major" if self.is_major else "general", "notification" if assigned != NULL else NULL,
            assigned, original, original, "t" if end == "on_the_spot" else "f", closed_by,
            self.chance.randrange(10) // 9,
        )  # fmt: skip
        rows.rounds.append("\t".join(map(str, values)))
        if extended:
            decider = self.chance.choice(self.history.town.accounts["reviewer"][self.code])
            request = (self.hazard, self.round, 1, accepted, self.who, self.due_at, "材料未到")
            decision = ("t", self.due_at, accepted, decider)
            rows.extensions.append("\t".join(map(str, (*request, *decision))))

    def _attempts(self, rows: Rows, stage: int, extended: bool) -> str:
        """Failed filings, then the last one; returns who closed it."""
        reviewers = self.history.town.accounts["reviewer"][self.code]
        fails = (stage == 3) + (self.chance.random() < 0.12) + (self.chance.random() < 0.02)
        closed_by: object = NULL
        for number in range(1, fails + (stage >= 4) + 1):
            submitted = self.later(12 if extended else 5)
            is_last = number > fails
            reviewer, approver = self.chance.sample(reviewers, 2)
            decided: list[object] = [NULL] * 5
            approved: list[object] = [NULL] * 3
            if not is_last:
                decided = ["failed", "by_picture", "仍有杂物", self.later(3), reviewer]
            elif stage >= 5:
                decided = ["passed", self.chance.choice(("on_site", "by_picture")), NULL, self.later(3), reviewer]
                closed_by = reviewer
                if stage == 6 and self.is_major:
                    approved = ["approved", self.later(2), approver]
                    closed_by = approver
            values = (self.hazard, self.round, number, submitted, self.who, "已清理", self.chance.randrange(0, 5000),
                      *decided, *approved)  # fmt: skip
            rows.attempts.append("\t".join(map(str, values)))
            self.attempt = number if is_last else number + 1
        return str(closed_by if stage == 6 else NULL)
