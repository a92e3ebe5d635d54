"""The demo's organizations and people. Nobody here is real."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.problems import Problem
from service.repositories import accounts as account_records
from service.repositories import events
from service.workflows import accounts
from service.workflows.context import Context

CITY, CHENGQU, KUANGQU = "140300", "140302", "140303"

ORGANIZATIONS: Final[dict[str, str]] = {
    CITY: "阳泉市",
    CHENGQU: "城区",
    KUANGQU: "矿区",
    "140311": "郊区",
    "140321": "平定县",
    "140322": "盂县",
    "GXQ": "高新区",
}
"""Code and name; all but the first lie below the first."""


class Membership(NamedTuple):
    """Somebody's name and the role they hold in an organization."""

    name: str
    role: str
    organization: str


ACCOUNTS: Final[dict[str, Membership]] = {
    "inspector": Membership("检查员A", "inspector", CHENGQU),
    "owner": Membership("整改责任人B", "owner", CHENGQU),
    "desk": Membership("受理员C", "desk", CHENGQU),
    "reviewer": Membership("复查员D", "reviewer", CHENGQU),
    "approver": Membership("审批人E", "approver", CITY),
    "editor": Membership("案例编辑F", "editor", CITY),
    "publisher": Membership("发布人G", "publisher", CITY),
    "auditor": Membership("审计员H", "auditor", CITY),
    "admin": Membership("管理员J", "admin", CITY),
    "inspector2": Membership("检查员K", "inspector", KUANGQU),
    "desk2": Membership("受理员L", "desk", KUANGQU),
}
FIRST = next(iter(ACCOUNTS))


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
    for number, (account, person) in enumerate(ACCOUNTS.items()):
        if await _exists(context, account):
            continue
        await accounts.create_account(
            context,
            account=account,
            name=person.name,
            password=password,
            memberships=[(person.role, person.organization)],
            # A second apart, so that lists show them in this order.
            now=now + timedelta(seconds=number - len(ACCOUNTS)),
        )
    return await _made_at(context, FIRST)


async def has_password(context: Context, password: str) -> bool:
    """Whether the first account has this password; it may be of an earlier start with another one."""
    async with context.database.connection() as connection:
        known = await account_records.by_name(connection, FIRST)
    return known is not None and await accounts.password_matches(known.password_hash, password)


async def set_passwords(context: Context, password: str, now: datetime) -> None:
    """Gives every demo account this password."""
    for account in ACCOUNTS:
        await accounts.set_password(context, account=account, password=password, now=now)


async def _exists(context: Context, account: str) -> bool:
    async with context.database.connection() as connection:
        return await account_records.by_name(connection, account) is not None


async def _made_at(context: Context, account: str) -> datetime:
    async with context.database.connection() as connection:
        known = await account_records.by_name(connection, account)
        assert known is not None
        history = await events.of(connection, "account", known.id)
    return history[0].at
