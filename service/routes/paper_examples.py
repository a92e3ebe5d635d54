"""Bodies and answers that the API's description shows for visits, notices and attachments, and that a test sends."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from schemas.attachments import Attachment, PaperType
from schemas.notices import NoticeAction

_PAPER: Final = UUID("019e95f1-1200-7a11-8c3c-5f0a8e6b7d01")
_SHA256: Final = "9b1f13a3da2a92a1abbf6df2e7ce124493893b7705d2831b05fc2f06ee44f422"

ATTACHMENT: Final = Attachment(
    id=_PAPER,
    sha256=_SHA256,
    size=184_320,
    media_type=PaperType.PDF,
    received_at=datetime(2026, 6, 5, 3, 10, 12, tzinfo=UTC),
    content=f"/api/v1/attachments/{_PAPER}/content",
)

VISIT: Final[dict[str, Any]] = {
    "result": "clear",
    "place": "南大街演示商厦",
    "started_at": "2026-06-05T09:20:00+08:00",
    "ended_at": "2026-06-05T09:41:00+08:00",
    "device_time": "2026-06-05T09:41:30+08:00",
    "offline": False,
    "position": {
        "lat": 37.857803,
        "lon": 113.586802,
        "datum": "gcj02",
        "source": "gps",
        "accuracy_m": 12,
        "fixed_at": "2026-06-05T09:20:10+08:00",
    },
    "certificate": "晋C-0001",
    "remarks": "各层疏散通道畅通。",
}

NOTICE: Final[dict[str, Any]] = {
    "kind": "order",
    "owner": "owner",
    "hazards": ["019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01", "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b02"],
    "officers": [
        {"account": "inspector", "certificate": "晋C-0001"},
        {"account": "desk", "certificate": "晋C-0002"},
    ],
    "requirements": "立即清理疏散楼梯，恢复畅通。",
}

ACTIONS: Final[dict[NoticeAction, dict[str, Any]]] = {
    NoticeAction.ACKNOWLEDGE: {"action_id": "019e95f2-0000-7000-8000-000000000001"},
    NoticeAction.RECORD_SERVICE: {
        "action_id": "019e95f2-0000-7000-8000-000000000002",
        "mode": "in_person",
        "served_at": "2026-06-05T15:00:00+08:00",
        "receiver": "整改责任人B",
        "attachments": [{"id": str(_PAPER), "sha256": _SHA256}],
    },
    NoticeAction.RECORD_REFUSAL: {
        "action_id": "019e95f2-0000-7000-8000-000000000003",
        "refused_at": "2026-06-05T15:00:00+08:00",
        "witnesses": ["见证人甲"],
        "remarks": "当事人拒绝签字，已留置送达。",
    },
}
