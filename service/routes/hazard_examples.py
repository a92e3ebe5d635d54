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

NEARBY: Final[dict[str, Any]] = {"category": REPORT["category"], "position": REPORT["position"]}

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
    Action.INVALIDATE: {
        "action_id": "019e95f0-0000-7000-8000-000000000009",
        "reason": "untrue",
        "remarks": "现场核实，通道畅通，反映不属实。",
    },
    Action.MERGE: {
        "action_id": "019e95f0-0000-7000-8000-00000000000a",
        "original_id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a77",
        "remarks": "与已受理的隐患为同一处。",
    },
    Action.TRANSFER: {
        "action_id": "019e95f0-0000-7000-8000-00000000000b",
        "receiving_body": "示例消防救援机构",
        "document_number": "示城管移〔2026〕3号",
        "matter": "占用消防车通道，依法由消防救援机构处罚。",
    },
    Action.RECORD_TRANSFER_RECEIPT: {
        "action_id": "019e95f0-0000-7000-8000-00000000000c",
        "received_at": "2026-06-06T10:00:00+08:00",
        "receipt_number": "示消收〔2026〕12号",
        "attachments": [
            {
                "id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01",
                "sha256": "b7e23ec29af22b0b4e41da31e868d57226121c84a1f0b8d5b4a7f1c2d3e4f506",
            }
        ],
    },
    Action.FIX_ON_THE_SPOT: {
        "action_id": "019e95f0-0000-7000-8000-00000000000d",
        "measures": "当场搬走纸箱，通道恢复畅通。",
        "photos": [
            {
                "id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a03",
                "sha256": "c4d0f3b1d7f7f6c2b1b1f0b6c1d5e2a4f7b8c9d0e1f2a3b4c5d6e7f8091a2b3d",
            }
        ],
    },
    Action.GRADE: {
        "action_id": "019e95f0-0000-7000-8000-00000000000e",
        "level": "major",
        "reason": "唯一安全出口被封堵，楼上有人住宿。",
        "arrangements": {
            "measure": "拆除封堵，恢复出口。",
            "person": "整改责任人B",
            "funds_yuan": 20000,
            "time_limit": "2030-06-20T18:00:00+08:00",
            "emergency_plan": "整改期间安排专人值守，停用二层以上房间。",
        },
    },
    Action.FILE_FIX: {
        "action_id": "019e95f0-0000-7000-8000-00000000000f",
        "represented": "店主（无手机）",
        "measures": "店主已清空通道，由检查员代交。",
    },
    Action.APPROVE_CLOSE: {
        "action_id": "019e95f0-0000-7000-8000-000000000010",
        "remarks": "材料齐全，同意销号。",
    },
    Action.REFUSE_CLOSE: {
        "action_id": "019e95f0-0000-7000-8000-000000000011",
        "reason": "应急预案未落实，请补齐。",
    },
    Action.REQUEST_EXTENSION: {
        "action_id": "019e95f0-0000-7000-8000-000000000012",
        "until": "2031-06-30T18:00:00+08:00",
        "reason": "防火门定制需要时间。",
    },
    Action.DECIDE_EXTENSION: {
        "action_id": "019e95f0-0000-7000-8000-000000000013",
        "granted": True,
        "until": "2031-06-20T18:00:00+08:00",
        "remarks": "同意延期，期间落实值守。",
    },
    Action.SUPERVISE: {
        "action_id": "019e95f0-0000-7000-8000-000000000014",
        "authority": "city",
        "document_number": "示安督〔2026〕1号",
        "limit_at": "2026-12-05T18:00:00+08:00",
        "reason": "重大隐患，挂牌督办。",
    },
    Action.URGE: {
        "action_id": "019e95f0-0000-7000-8000-000000000015",
        "remarks": "期限将到，请尽快整改。",
    },
    Action.RECORD_SERVICE: {
        "action_id": "019e95f0-0000-7000-8000-000000000016",
        "mode": "in_person",
        "served_at": "2026-06-05T15:00:00+08:00",
        "receiver": "整改责任人B",
        "attachments": [
            {
                "id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01",
                "sha256": "b7e23ec29af22b0b4e41da31e868d57226121c84a1f0b8d5b4a7f1c2d3e4f506",
            }
        ],
    },
    Action.RECORD_REFUSAL: {
        "action_id": "019e95f0-0000-7000-8000-000000000017",
        "refused_at": "2026-06-05T15:00:00+08:00",
        "witnesses": ["社区工作人员"],
        "remarks": "当事人拒绝签收。",
    },
    Action.SHELVE: {
        "action_id": "019e95f0-0000-7000-8000-000000000018",
        "reason": "需业主表决筹集资金。",
        "safeguards": "每日巡查，临时增设疏散指示。",
    },
}
