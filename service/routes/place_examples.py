"""Answers and bodies that the API's description shows for places and their codes."""

from typing import Any, Final
from uuid import UUID

from schemas.hazard_answers import Named, Person
from schemas.places import Wgs84
from schemas.premises import CheckpointAnswer, CheckpointCode, PremisesAnswer, ScanAnswer

_TOKEN: Final = "v1.AZWnwU4qe5GTnDxfCOa3wQ.2.2DOyGlJLR4kMHPqlD0r4Fw"  # noqa: S105

PREMISES: Final = PremisesAnswer(
    id=UUID("0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c20"),
    code="CQ-0017",
    name="南大街演示商厦",
    organization=Named(code="140302", name="城区"),
    venue_type="mall",
    industry="retail",
    unit="演示商业有限公司",
    address="南大街",
    position=Wgs84(lat=37.8573, lon=113.5804),
    owner=Person(account="owner", name="整改责任人A"),
    contact="13900000001",
    retired=False,
    demo=True,
)

CHECKPOINT: Final = CheckpointAnswer(
    id=UUID("0195a7c1-4e2a-7b91-939c-3c5f08e6b7c1"),
    premises_id=PREMISES.id,
    code="E2",
    name="东侧疏散楼梯",
    building="主楼",
    floor="2F",
    place="二层东侧楼梯口",
    position=Wgs84(lat=37.8573, lon=113.5805),
    token_version=2,
    revoked=False,
    demo=True,
)

CODE: Final = CheckpointCode(
    checkpoint_id=CHECKPOINT.id,
    token_version=2,
    token=_TOKEN,
    address=f"https://clearway.example/scan#{_TOKEN}",
)

SCAN: Final[dict[str, Any]] = {"token": _TOKEN}
SCANNED: Final = ScanAnswer(checkpoint=CHECKPOINT, premises=PREMISES, token="valid")  # noqa: S106
ACTION: Final[dict[str, Any]] = {"action_id": "0195a7c2-1b7e-7c03-8f5d-2a9e4c6b8d10"}
