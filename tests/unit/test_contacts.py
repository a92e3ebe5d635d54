"""Whom to tell of an objection: what can be called or written to is a link, and nothing else is."""

import pytest

from service.web.contacts import pieces


@pytest.mark.parametrize(
    ("contact", "links"),
    [
        ("阳泉市城管局 0353-2290000", ["tel:03532290000"]),
        ("王科长，138 0000 0001，huanjing@example.gov.cn", ["tel:13800000001", "mailto:huanjing@example.gov.cn"]),
        ("热线 12319（24 小时）", ["tel:12319"]),
        ("(0353)2290000 或 400-810-0000", ["tel:03532290000", "tel:4008100000"]),
        ("+86 353 229 0000", ["tel:+863532290000"]),
        ("桃北东街 12 号 305 室，邮编 045000", []),
        ("", []),
    ],
)
def test_what_can_be_called_or_written_to_is_a_link(contact: str, links: list[str]) -> None:
    parts = pieces(contact)
    assert [part.href() for part in parts if part.scheme] == links
    assert "".join(part.text for part in parts) == contact


def test_a_letter_begins_with_what_it_is_about() -> None:
    [mail] = pieces("a@example.gov.cn")
    address = "https://example.gov.cn/cases/1?a=b&c"
    assert mail.href("对案例 1 的异议", address).endswith("&body=https%3A//example.gov.cn/cases/1%3Fa%3Db%26c")
