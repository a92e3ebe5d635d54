"""Bodies that the API's description shows for cases."""

from typing import Any, Final

CONTENT: Final[dict[str, Any]] = {
    "venue_type": "shopping_center",
    "chinese": {
        "title": "商场疏散楼梯堆满纸箱，当日清空",
        "found": "疏散楼梯二层至三层平台堆放纸箱，最窄处仅容一人侧身通过。",
        "handled": "检查人员当场要求清理，责任单位于当日搬空楼梯间，复查合格。",
        "legal_basis": "《中华人民共和国消防法》第二十八条\n《中华人民共和国消防法》第六十条第一款第（三）项",
        "lesson": "烟气充满楼梯间只要两三分钟，那时再搬东西就来不及了。",
    },
    "english": {
        "title": "Cartons filled a mall's escape stair; cleared the same day",
        "found": "Cartons on two landings left room for one person sideways.",
        "handled": "The owner cleared the stair the same day; the review found it clear.",
        "legal_basis": "Fire Protection Law, Article 28\nFire Protection Law, Article 60 (1) item 3",
        "lesson": "Smoke fills a stair within minutes. What stands in the way then cannot be moved any more.",
    },
}

MASKS: Final[dict[str, Any]] = {
    "masks": [
        {"kind": "rectangle", "points": [[0.41, 0.2], [0.52, 0.33]]},
        {"kind": "polygon", "points": [[0.1, 0.05], [0.3, 0.06], [0.29, 0.14], [0.1, 0.13]]},
    ]
}

OVERRULE: Final[dict[str, Any]] = {"finding_id": "face-1", "reason": "宣传画上的卡通人物，不是真人。"}

ASSESSMENT: Final[dict[str, Any]] = {
    "purpose": "以案释法，提醒同类场所保持疏散楼梯畅通。",
    "personal_information": "原图中可能有路人面部、车牌和张贴的电话，公开图片中均已遮盖。",
    "necessity": "没有图片，读者看不出堆物占到什么程度；只公开说明问题所需的两张。",
    "risks": "熟悉现场的人可能认出单位，影响其声誉。",
    "measures": "地点只到县区，时间只到月份，同类单位不少于五家；图片不透明遮盖并经检测。",
    "conclusion": "publish",
}


def action(with_reason: bool) -> dict[str, Any]:
    """The body of a case action."""
    body = {"action_id": "01980d2e-5a00-7a3c-9f1e-0c5d2b7e4a11"}
    return body | {"reason": "图片上的门牌还看得清，请遮盖。"} if with_reason else body
