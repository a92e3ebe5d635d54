"""Bodies that the API's description shows, and that a test sends."""

from typing import Any, Final

from schemas.hazards import Action

REPORT: Final[dict[str, Any]] = {
    "category": "A04",
    "description": "东侧疏散楼梯二层平台堆放纸箱",
    "place": "南大街演示商厦东侧楼梯",
    "building": "主楼",
    "floor": "2F",
    "position": {
        "lat": 37.857803,
        "lon": 113.586802,
        "datum": "gcj02",
        "source": "gps",
        "accuracy_m": 12,
        "fixed_at": "2026-06-05T09:29:50+08:00",
    },
    "captured_at": "2026-06-05T09:30:00+08:00",
    "device_time": "2026-06-05T09:31:12+08:00",
    "offline": False,
    "photos": [
        {
            "id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a01",
            "sha256": "5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1",
            "taken_at": "2026-06-05T09:30:00+08:00",
        }
    ],
}

ACTIONS: Final[dict[Action, dict[str, Any]]] = {
    Action.REGISTER: {"action_id": "019e95f0-0000-7000-8000-000000000001"},
    Action.ASSIGN: {
        "action_id": "019e95f0-0000-7000-8000-000000000002",
        "owner": "owner",
        "due_at": "2030-06-08T18:00:00+08:00",
        "notice": "请立即清理楼梯，恢复畅通。",
    },
    Action.ACCEPT: {"action_id": "019e95f0-0000-7000-8000-000000000003"},
    Action.HAND_BACK: {
        "action_id": "019e95f0-0000-7000-8000-000000000004",
        "reason": "not_mine",
        "remarks": "该楼梯由物业公司管理。",
    },
    Action.SUBMIT: {
        "action_id": "019e95f0-0000-7000-8000-000000000005",
        "measures": "已清走纸箱，张贴禁止堆放标识。",
        "photos": [
            {
                "id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a02",
                "sha256": "a3c0f3b1d7f7f6c2b1b1f0b6c1d5e2a4f7b8c9d0e1f2a3b4c5d6e7f8091a2b3c",
            }
        ],
    },
    Action.PASS: {
        "action_id": "019e95f0-0000-7000-8000-000000000006",
        "mode": "on_site",
        "remarks": "楼梯已恢复畅通。",
    },
    Action.FAIL: {
        "action_id": "019e95f0-0000-7000-8000-000000000007",
        "mode": "by_picture",
        "reason": "照片中仍有杂物。",
    },
    Action.REOPEN: {
        "action_id": "019e95f0-0000-7000-8000-000000000008",
        "reason": "楼梯再次被占用。",
    },
}
