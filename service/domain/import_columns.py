"""The columns of every kind of table that can be imported: one list, read by the reader, the templates and the tests.

A heading is accepted in Chinese, in English and as the field's own name, in any case and with any blanks.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, get_args

from service.domain import import_values as values
from service.domain.import_values import Reader
from service.i18n import Language

Kind = Literal["categories", "clauses", "organizations", "accounts", "premises", "checkpoints", "areas", "calendar"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_DECORATION: Final = re.compile(r"[\s_*:﹡＊-]|\((?:必填|required|选填|optional)\)")

CATEGORY: Final = r"[A-Z][0-9]{2}"
CLAUSE: Final = r"[A-Za-z0-9.()一-鿿-]{1,64}"
ORGANIZATION: Final = r"[A-Za-z0-9-]{1,32}"
ACCOUNT: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
PLACE: Final = r"[A-Za-z0-9._-]{1,64}"

ROLES: Final = {
    "检查员": "inspector",
    "整改责任人": "owner",
    "受理员": "desk",
    "复查员": "reviewer",
    "审批人": "approver",
    "编辑": "editor",
    "发布员": "publisher",
    "审计员": "auditor",
    "管理员": "admin",
    "受理": "desk",
    "复查": "reviewer",
    "审批": "approver",
    "发布": "publisher",
    "审计": "auditor",
}
AUTHORITIES: Final = {
    "住建部门": "bureau",
    "消防救援机构": "fire_rescue",
    "应急管理部门": "emergency_management",
    "房产部门": "housing",
    "市场监管部门": "market_regulation",
    "公安机关": "public_security",
    "交通运输部门": "transport",
}
PRIORITIES: Final = {name: name for name in ("P1", "P2", "P3")}
DATUMS: Final = {"WGS84": "wgs84", "GCJ02": "gcj02", "BD09": "bd09", "CGCS2000": "cgcs2000"}
DAYS: Final = {"工作日": "workday", "补班": "workday", "放假": "holiday", "节假日": "holiday", "休息日": "holiday"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field of the row that it fills, its two headings, and what a cell of it may be."""

    field: str
    zh: str
    en: str
    read: Reader
    required: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """Every heading that means this column, as `heading_key` gives it."""
        return frozenset(map(heading_key, (self.field, self.zh, self.en)))

    def heading(self, language: Language) -> str:
        """The heading in a language."""
        return self.zh if language == "zh-CN" else self.en


def heading_key(heading: str) -> str:
    """What two spellings of one heading have in common."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", heading).casefold())


def _named(meanings: dict[str, str]) -> Reader:
    return values.choice({**meanings, **{meaning: meaning for meaning in meanings.values()}})


_POSITION = (
    Column("lat", "纬度", "Latitude", values.decimal(-90, 90)),
    Column("lon", "经度", "Longitude", values.decimal(-180, 180)),
    Column("datum", "坐标系", "Datum", _named(DATUMS)),
)

COLUMNS: Final[dict[Kind, tuple[Column, ...]]] = {
    "categories": (
        Column("code", "类别码", "Code", values.code(CATEGORY), required=True),
        Column("name_zh", "名称", "Chinese name", values.text(100), required=True),
        Column("name_en", "英文名称", "English name", values.text(100), required=True),
        Column("priority", "优先级", "Priority", values.choice(PRIORITIES), required=True),
        Column("major_candidate", "可能重大", "Major candidate", values.yes_or_no),
        Column("days", "整改天数", "Days", values.integer(0, 365), required=True),
        Column("basis", "依据", "Basis", values.codes(CLAUSE)),
        Column("valid_from", "生效日期", "Valid from", values.day, required=True),
    ),
    "clauses": (
        Column("key", "条款代码", "Key", values.code(CLAUSE), required=True),
        Column("title_zh", "条款名称", "Chinese title", values.text(200), required=True),
        Column("title_en", "英文条款名称", "English title", values.text(200), required=True),
        Column("summary_zh", "内容摘要", "Chinese summary", values.text(500)),
        Column("summary_en", "英文内容摘要", "English summary", values.text(500)),
        Column("penalty_authority", "处罚机关", "Penalty authority", _named(AUTHORITIES), required=True),
        Column("valid_from", "生效日期", "Valid from", values.day, required=True),
    ),
    "organizations": (
        Column("code", "单位编码", "Code", values.code(ORGANIZATION), required=True),
        Column("name", "单位名称", "Name", values.text(100), required=True),
        Column("parent", "上级单位编码", "Parent code", values.code(ORGANIZATION)),
    ),
    "accounts": (
        Column("account", "账号", "Account", values.code(ACCOUNT, lower=True), required=True),
        Column("name", "姓名", "Name", values.text(100), required=True),
        Column("role", "角色", "Role", _named(ROLES), required=True),
        Column("organization", "单位编码", "Organization code", values.code(ORGANIZATION), required=True),
    ),
    "premises": (
        Column("code", "场所编号", "Code", values.code(PLACE), required=True),
        Column("name", "场所名称", "Name", values.text(200), required=True),
        Column("organization", "所属单位编码", "Organization code", values.code(ORGANIZATION), required=True),
        Column("venue_type", "场所类型", "Venue type", values.text(64)),
        Column("industry", "行业", "Industry", values.text(64)),
        Column("unit", "责任单位", "Responsible unit", values.text(200)),
        Column("address", "地址", "Address", values.text(200)),
        Column("owner", "整改责任人账号", "Owner account", values.code(ACCOUNT, lower=True)),
        Column("contact", "联系方式", "Contact", values.text(200)),
        *_POSITION,
    ),
    "checkpoints": (
        Column("premises", "场所编号", "Premises code", values.code(PLACE), required=True),
        Column("code", "巡检点编号", "Code", values.code(PLACE), required=True),
        Column("name", "巡检点名称", "Name", values.text(200), required=True),
        Column("building", "楼栋", "Building", values.text(200)),
        Column("floor", "楼层", "Floor", values.text(20)),
        Column("place", "位置", "Place", values.text(200)),
        *_POSITION,
    ),
    "areas": (
        Column("code", "区域编码", "Code", values.code(ORGANIZATION), required=True),
        Column("name", "区域名称", "Name", values.text(100), required=True),
        Column("organization", "所属单位编码", "Organization code", values.code(ORGANIZATION), required=True),
        Column("precedence", "优先次序", "Precedence", values.integer(-1000, 1000)),
    ),
    "calendar": (
        Column("day", "日期", "Date", values.day, required=True),
        Column("kind", "类型", "Kind", _named(DAYS), required=True),
        Column("name", "说明", "Remark", values.text(100)),
    ),
}
