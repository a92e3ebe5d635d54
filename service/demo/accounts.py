"""The demo's organizations and people. Nobody here is real."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.database import Connection
from service.problems import Problem
from service.repositories import accounts as account_records
from service.repositories import events
from service.workflows import accounts
from service.workflows.context import Context

CITY, CHENGQU, KUANGQU, JIAOQU = "140300", "140302", "140303", "140311"
PINGDING, YUXIAN, HIGH_TECH = "140321", "140322", "GXQ"

ORGANIZATIONS: Final[dict[str, str]] = {
    CITY: "市城市管理局",
    CHENGQU: "城区住建局",
    KUANGQU: "矿区住建局",
    JIAOQU: "郊区住建局",
    PINGDING: "平定县住建局",
    YUXIAN: "盂县住建局",
    HIGH_TECH: "高新区建设管理部",
}
"""Code and name; all but the first lie below the first."""

DISTRICTS: Final[dict[str, str]] = {
    CHENGQU: "", KUANGQU: "2", JIAOQU: "3", PINGDING: "4", YUXIAN: "5", HIGH_TECH: "6"
}  # fmt: skip
"""How the accounts of a district end: its desk is `desk` or `desk2`, and so on."""


class Membership(NamedTuple):
    """Somebody's name and the role they hold in an organization."""

    name: str
    role: str
    organization: str


def _of_district(code: str) -> dict[str, Membership]:
    end = DISTRICTS[code]
    return {
        f"inspector{end}": Membership(f"检查员A{end}", "inspector", code),
        f"owner{end}": Membership(f"整改责任人B{end}", "owner", code),
        f"desk{end}": Membership(f"受理员C{end}", "desk", code),
        f"reviewer{end}": Membership(f"复查员D{end}", "reviewer", code),
    }


ACCOUNTS: Final[dict[str, Membership]] = {
    **_of_district(CHENGQU),
    "approver": Membership("审批人E", "approver", CITY),
    "editor": Membership("案例编辑F", "editor", CITY),
    "publisher": Membership("发布人G", "publisher", CITY),
    "auditor": Membership("审计员H", "auditor", CITY),
    "admin": Membership("管理员J", "admin", CITY),
    "officer": Membership("检查员K", "inspector", CITY),
    "hotline": Membership("受理员L", "desk", CITY),
    **{
        account: person
        for code in (KUANGQU, JIAOQU, PINGDING, YUXIAN, HIGH_TECH)
        for account, person in _of_district(code).items()
    },
}
"""`officer` goes along as the second inspector anywhere; `hotline` takes in what lies outside every district."""
FIRST = next(iter(ACCOUNTS))


def by_organization() -> dict[str, list[str]]:
    """The accounts of each organization, by its name."""
    return {
        name: [account for account, person in ACCOUNTS.items() if person.organization == code]
        for code, name in ORGANIZATIONS.items()
    }


async def move_in(context: Context, password: str, now: datetime) -> datetime:
    """Makes what is missing of organizations and accounts; returns when the first account was made."""
    for code, name in ORGANIZATIONS.items():
        parent = None if code == CITY else CITY
        try:
            await accounts.create_organization(
                context, code=code, name=name, parent_code=parent, organization_id=None, now=now
            )
        except Problem as problem:
            if problem.code != "organization.exists":
                raise
    missing = [account for account in ACCOUNTS if not await _exists(context, account)]
    # The first one dates the world. Hashing passwords takes most of the time and has threads of its own.
    for some in (missing[:1], missing[1:]):
        await _open(context, some, password, now)
    async with context.database.connection() as connection:
        return await made_at(connection, FIRST)


async def _open(context: Context, names: Iterable[str], password: str, now: datetime) -> None:
    order = list(ACCOUNTS)
    await asyncio.gather(
        *(
            accounts.create_account(
                context,
                account=name,
                name=ACCOUNTS[name].name,
                password=password,
                memberships=[(ACCOUNTS[name].role, ACCOUNTS[name].organization)],
                # A second apart, so that lists show them in this order.
                now=now + timedelta(seconds=order.index(name) - len(order)),
            )
            for name in names
        )
    )


async def has_password(context: Context, password: str) -> bool:
    """Whether the first account has this password; it may be of an earlier start with another one."""
    async with context.database.connection() as connection:
        known = await account_records.by_name(connection, FIRST)
    return known is not None and await accounts.password_matches(known.password_hash, password)


async def set_passwords(context: Context, password: str, now: datetime) -> None:
    """Gives every demo account this password."""
    await asyncio.gather(
        *(accounts.set_password(context, account=account, password=password, now=now) for account in ACCOUNTS)
    )


async def _exists(context: Context, account: str) -> bool:
    async with context.database.connection() as connection:
        return await account_records.by_name(connection, account) is not None


async def made_at(connection: Connection, account: str) -> datetime:
    """When an account that exists was made."""
    known = await account_records.by_name(connection, account)
    assert known is not None
    history = await events.of(connection, "account", known.id)
    return history[0].at
