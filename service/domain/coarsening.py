"""How much of a place may be told: at least k units must share what is published of one.

The house rule (section "typical cases"): district x venue type x industry is published only where at least k = 5 units
share it, else one level up. Small cities make singletons: 'a hospital in the district' can be the hospital.
"""

from dataclasses import dataclass
from typing import Final

from schemas.cases import PlaceLevel, VenueType
from service.problems import Problem

UNITS_SHARED: Final = 5

VENUE_WORDS: Final[dict[VenueType, tuple[str, ...]]] = {
    VenueType.CONSTRUCTION_SITE: ("建筑工地", "工地", "在建工程", "construction site"),
    VenueType.DORMITORY: ("职工宿舍", "员工宿舍", "宿舍", "dormitory"),
    VenueType.FACTORY: ("厂房车间", "厂房", "工厂", "车间", "工业企业", "factory"),
    VenueType.GAS_STATION: ("燃气场站", "液化气站", "加气站", "加油站", "gas station"),
    VenueType.HOSPITAL: ("医疗机构", "医院", "诊所", "hospital"),
    VenueType.HOTEL: ("宾馆酒店", "宾馆", "酒店", "旅馆", "住宿", "hotel"),
    VenueType.MARKET: ("农贸市场", "市场", "集贸市场", "market"),
    VenueType.OFFICE: ("办公楼", "办公", "写字楼", "office"),
    VenueType.RESIDENTIAL: ("居民住宅", "住宅", "住宅小区", "小区", "residential"),
    VenueType.RESTAURANTS: ("餐饮场所", "餐饮", "饭店", "餐馆", "restaurant", "restaurants"),
    VenueType.SCHOOL: ("学校", "幼儿园", "教育", "培训学校", "school"),
    VenueType.SHOPPING_CENTER: ("商场商厦", "商场", "商厦", "购物中心", "超市", "mall", "shopping center"),
    VenueType.TRANSPORT: ("交通场站", "客运站", "公交场站", "车站", "transport"),
    VenueType.UTILITY_PLANT: ("市政站房", "公用设施", "换热站", "供水站", "utility plant"),
}
"""How registers of premises name the kinds of places: the spellings under which units are counted."""


def spellings(venue_type: VenueType) -> list[str]:
    """What a register may say for this kind of place, in lower case."""
    return list(dict.fromkeys((venue_type.value, *VENUE_WORDS.get(venue_type, ()))))


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many units in use share a place's kind and industry, in its district and in the whole city.

    `anything_in_district` counts units of every kind there.
    """

    district: int
    city: int
    anything_in_district: int


@dataclass(frozen=True, slots=True)
class Coarse:
    """What is published of a place."""

    level: PlaceLevel
    venue_type: VenueType


LEVELS: Final[tuple[PlaceLevel, ...]] = ("district", "city")


def units_sharing(place: Coarse, crowd: Crowd, units_shared: int) -> int:
    """Among how many units a reader would have to look. Of a city's places of no named kind there are always enough."""
    if place.venue_type is VenueType.OTHER:
        return crowd.anything_in_district if place.level == "district" else units_shared
    return crowd.district if place.level == "district" else crowd.city


def coarsest_needed(place: Coarse, crowd: Crowd, units_shared: int = UNITS_SHARED) -> Coarse:
    """The place itself where enough units share it, else the first step up at which they do: city, then no kind."""
    steps = [place, Coarse("city", place.venue_type), Coarse("city", VenueType.OTHER)]
    return next(step for step in steps if units_sharing(step, crowd, units_shared) >= units_shared)


def refuse_singletons(place: Coarse, crowd: Crowd, units_shared: int = UNITS_SHARED) -> None:
    """409 `case.place_singles_out` with how many units share it, how many are needed, and what would pass."""
    needed = coarsest_needed(place, crowd, units_shared)
    if needed != place:
        raise Problem(
            "case.place_singles_out",
            units=units_sharing(place, crowd, units_shared),
            needed=units_shared,
            place_level=needed.level,
            venue_type=needed.venue_type.value,
        )
