"""The demo's map: areas with invented boundaries, premises that do not exist, and the checkpoints at their exits."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from service.database import Connection
from service.demo.accounts import CHENGQU, CITY, DISTRICTS, HIGH_TECH, JIAOQU, KUANGQU, PINGDING, YUXIAN
from service.demo.timeline import Moment, Timeline
from service.domain.boundaries import Boundary
from service.domain.geodesy import Coordinate
from service.repositories import accounts, areas, checkpoints, events, organizations, premises
from service.repositories.areas import Area
from service.repositories.checkpoints import Checkpoint
from service.repositories.events import Subject
from service.repositories.premises import Premises
from service.workflows import checkpoint_tokens
from service.workflows.context import Context
from service.workflows.import_changes import named_id

SETTLED = Moment(60, "09:00")


@dataclass(frozen=True, slots=True)
class District:
    """A rectangle in WGS-84 degrees that stands for an area; where rectangles overlap the higher precedence wins."""

    name: str
    west: float
    south: float
    east: float
    north: float
    precedence: int = 0

    @property
    def boundary(self) -> Boundary:
        corners = (
            (self.west, self.south),
            (self.east, self.south),
            (self.east, self.north),
            (self.west, self.north),
            (self.west, self.south),
        )
        return ((tuple(Coordinate(x, y) for x, y in corners),),)


AREAS: Final[dict[str, District]] = {
    CITY: District("阳泉市", 113.10, 37.60, 113.90, 38.35, precedence=-10),
    CHENGQU: District("城区", 113.566, 37.845, 113.606, 37.890),
    KUANGQU: District("矿区", 113.520, 37.845, 113.566, 37.890),
    JIAOQU: District("郊区", 113.480, 37.890, 113.700, 38.000),
    PINGDING: District("平定县", 113.520, 37.650, 113.800, 37.845),
    YUXIAN: District("盂县", 113.100, 38.000, 113.700, 38.300),
    HIGH_TECH: District("高新区", 113.592, 37.850, 113.615, 37.870, precedence=10),
}


@dataclass(frozen=True, slots=True)
class Site:
    """Premises and their checkpoints: the place of each, and its floor."""

    organization: str
    venue_type: str
    industry: str
    unit: str
    address: str
    latitude: float
    longitude: float
    checkpoints: tuple[tuple[str, str], ...] = ()


SITES: Final[dict[str, Site]] = {
    "南大街演示商厦": Site(
        CHENGQU, "商场商厦", "商业", "示例商业管理公司", "南大街", 37.8577, 113.5803,
        (("东侧疏散楼梯", "1F"), ("二层中庭防火卷帘", "2F")),
    ),
    "南大街演示超市": Site(
        CHENGQU, "商场商厦", "商业", "示例超市公司", "南大街", 37.8590, 113.5822, (("收货区", "B1"),)
    ),
    "德胜街演示农贸市场": Site(
        CHENGQU, "农贸市场", "商业", "示例市场管理公司", "德胜街", 37.8581, 113.5846, (("北侧消防车通道", "1F"),)
    ),
    "南庄路演示蔬菜市场": Site(CHENGQU, "农贸市场", "商业", "示例市场管理公司", "南庄路", 37.8549, 113.5731),
    "泉中路演示宾馆": Site(
        CHENGQU, "宾馆", "住宿", "示例宾馆公司", "泉中路", 37.8619, 113.5792, (("北侧安全出口", "1F"),)
    ),
    "泉中路演示饭店": Site(CHENGQU, "餐饮", "餐饮", "示例餐饮公司", "泉中路", 37.8626, 113.5785, (("后厨通道", "1F"),)),
    "泉中路演示影院": Site(CHENGQU, "公共娱乐", "文化娱乐", "示例影院公司", "泉中路", 37.8612, 113.5801),
    "义井西街演示餐饮街": Site(CHENGQU, "餐饮", "餐饮", "示例餐饮街管理公司", "义井西街", 37.8637, 113.5733),
    "义井西街演示写字楼": Site(CHENGQU, "办公", "商务", "示例物业公司", "义井西街", 37.8634, 113.5741),
    "义井西街演示职工宿舍": Site(CHENGQU, "宿舍", "住宿", "示例物业公司", "义井西街", 37.8641, 113.5726),
    "南庄路演示住宅小区": Site(CHENGQU, "住宅", "居民住宅", "示例物业公司", "南庄路", 37.8552, 113.5718),
    "南庄路演示培训学校": Site(CHENGQU, "学校", "教育", "示例培训学校", "南庄路", 37.8561, 113.5709),
    "示例公交公司调度楼": Site(
        CHENGQU, "交通场站", "公共交通", "示例公交公司", "德胜街", 37.8668, 113.5839, (("候车厅东侧安全出口", "1F"),)
    ),
    "示例热力公司培训楼": Site(CHENGQU, "办公", "供热", "示例热力公司", "义井西街", 37.8655, 113.5768),
    "示例供水公司营业厅": Site(CHENGQU, "办公", "供水", "示例供水公司", "南大街", 37.8586, 113.5775),
    "德胜街演示早市": Site(CHENGQU, "农贸市场", "商业", "示例早市公司", "德胜街", 37.8590, 113.5851),
    "泉中路演示菜市场": Site(CHENGQU, "农贸市场", "商业", "示例菜篮子公司", "泉中路", 37.8606, 113.5788),
    "义井西街演示集贸市场": Site(CHENGQU, "农贸市场", "商业", "示例集贸公司", "义井西街", 37.8629, 113.5752),
    "南大街演示便民市场": Site(CHENGQU, "农贸市场", "商业", "示例便民市场公司", "南大街", 37.8595, 113.5811),
    "南大街演示酒店": Site(CHENGQU, "宾馆", "住宿", "示例酒店公司", "南大街", 37.8583, 113.5797),
    "德胜街演示旅馆": Site(CHENGQU, "宾馆", "住宿", "示例旅馆公司", "德胜街", 37.8673, 113.5843),
    "义井西街演示客栈": Site(CHENGQU, "宾馆", "住宿", "示例客栈公司", "义井西街", 37.8646, 113.5747),
    "南庄路演示招待所": Site(CHENGQU, "宾馆", "住宿", "示例招待所", "南庄路", 37.8558, 113.5724),
    "德胜街演示百货": Site(CHENGQU, "商场商厦", "商业", "示例百货公司", "德胜街", 37.8588, 113.5838),
    "泉中路演示购物中心": Site(CHENGQU, "商场商厦", "商业", "示例购物中心公司", "泉中路", 37.8622, 113.5796),
    "义井西街演示家居城": Site(CHENGQU, "商场商厦", "商业", "示例家居公司", "义井西街", 37.8651, 113.5739),
    "矿区演示换热站": Site(
        KUANGQU, "公用设施", "供热", "示例热力公司", "矿区（虚构地址）", 37.8702, 113.5531, (("站房南侧出口", "1F"),)
    ),
    "矿区演示便民市场": Site(KUANGQU, "农贸市场", "商业", "示例市场管理公司", "矿区（虚构地址）", 37.8688, 113.5549),
    "郊区演示液化气站": Site(
        JIAOQU, "燃气场站", "燃气", "示例燃气公司", "郊区（虚构地址）", 37.9412, 113.5810, (("储罐区操作通道", "1F"),)
    ),
    "郊区演示污水处理厂": Site(
        JIAOQU, "公用设施", "污水处理", "示例污水处理厂", "郊区（虚构地址）", 37.9377, 113.5755
    ),
    "平定演示客运站": Site(
        PINGDING, "交通场站", "道路运输", "示例公交公司", "平定县（虚构地址）", 37.8003, 113.6252,
        (("候车厅北出口", "1F"),),
    ),
    "盂县演示职工宿舍": Site(YUXIAN, "宿舍", "住宿", "示例环卫中心", "盂县（虚构地址）", 38.0857, 113.4061),
    "高新区演示厂房": Site(
        HIGH_TECH, "工厂", "机械制造", "示例机械公司", "高新区（虚构地址）", 37.8604, 113.6011,
        (("一车间西侧安全出口", "1F"),),
    ),
}  # fmt: skip
"""By name. Streets of the city are real, companies are not; what the register does not list is routed by its area."""


def premises_id(timeline: Timeline, name: str) -> UUID | None:
    """The id of premises in the register."""
    return timeline.identifier(f"premises {name}", SETTLED) if name in SITES else None


async def settle(context: Context, timeline: Timeline) -> None:
    """Makes what is missing of areas, premises and checkpoints; what is there may have become somebody's own."""
    async with context.database.transaction() as connection:
        register = _Register(connection, timeline)
        await register.draw_areas()
        for number, (name, site) in enumerate(SITES.items(), start=1):
            await register.open(name, site, number)


async def token(context: Context, timeline: Timeline, premises: str, place: str) -> str:
    """What the QR code at a checkpoint says."""
    async with context.database.transaction() as connection:
        checkpoint = await checkpoints.by_id(connection, _checkpoint_id(timeline, premises, place))
        assert checkpoint is not None
        return await checkpoint_tokens.written(connection, checkpoint)


def _checkpoint_id(timeline: Timeline, premises: str, place: str) -> UUID:
    return timeline.identifier(f"checkpoint {premises} {place}", SETTLED)


@dataclass(frozen=True, slots=True)
class _Register:
    connection: Connection
    timeline: Timeline

    async def draw_areas(self) -> None:
        known = {area.code for area in await areas.all_areas(self.connection)}
        for code, drawn in AREAS.items():
            organization = await organizations.by_code(self.connection, code)
            assert organization is not None
            if code in known:
                continue
            area = Area(code, drawn.name, organization.id, drawn.precedence, demo=True)
            await areas.upsert(self.connection, area, drawn.boundary)
            await self._tell("area", named_id("area", code), {"code": code, "name": drawn.name})

    async def open(self, name: str, site: Site, number: int) -> None:
        place_id = premises_id(self.timeline, name)
        assert place_id is not None
        if await premises.by_id(self.connection, place_id) is not None:
            return
        organization = await organizations.by_code(self.connection, site.organization)
        owner = await accounts.by_name(self.connection, f"owner{DISTRICTS[site.organization]}")
        assert organization is not None
        assert owner is not None
        place = Premises(
            id=place_id,
            organization_id=organization.id,
            name=name,
            venue_type=site.venue_type,
            industry=site.industry,
            unit=site.unit,
            address=site.address,
            position=Coordinate(site.longitude, site.latitude),
            owner_id=owner.id,
            contact=f"安全管理人员 139000000{number:02d}",
            code=f"DEMO-{number:03d}",
            demo=True,
        )
        await premises.upsert(self.connection, place)
        await self._tell("premises", place.id, {"code": place.code, "name": name})
        for ordinal, (where, floor) in enumerate(site.checkpoints, start=1):
            await self._post(place, where, floor, f"{ordinal:02d}")

    async def _post(self, place: Premises, where: str, floor: str, code: str) -> None:
        checkpoint = Checkpoint(
            id=_checkpoint_id(self.timeline, place.name, where),
            premises_id=place.id,
            name=where,
            floor=floor,
            place=where,
            position=place.position,
            code=code,
            demo=True,
        )
        await checkpoints.upsert(self.connection, checkpoint)
        await self._tell("checkpoint", checkpoint.id, {"premises": place.code, "code": code, "name": where})

    async def _tell(self, subject: Subject, subject_id: UUID, body: dict[str, object]) -> None:
        await events.append(
            self.connection,
            subject=subject,
            subject_id=subject_id,
            kind=f"{subject}.imported",
            at=self.timeline.at(SETTLED),
            actor_id=None,
            body=body,
            demo=True,
        )
