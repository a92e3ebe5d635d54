"""Organizations and people from a table."""

from uuid import UUID

from schemas.accounts import Organization
from schemas.imports import AccountRow, OrganizationRow
from service.domain.identifiers import uuid7
from service.problems import Problem
from service.repositories import accounts, organizations, registers
from service.repositories.registers import Person
from service.workflows.import_changes import Change


async def bring_in_organizations(change: Change) -> None:
    """Parents may stand below their children. An organization keeps its place in the tree: moving it would move what
    people may do, so that is refused.
    """
    known = await registers.organizations(change.connection)
    codes = {organization.id: code for code, organization in known.items()}
    waiting: list[tuple[int, OrganizationRow]] = list(change.reading.rows)
    in_file = {row.code for _, row in waiting}
    while waiting:
        left = []
        for number, row in waiting:
            if (present := known.get(row.code)) is not None:
                await _change_organization(change, number, row, present, codes)
            elif row.parent is not None and row.parent not in known:
                left.append((number, row))
            else:
                known[row.code] = added = await _add_organization(change, row, known)
                codes[added.id] = row.code
        if len(left) == len(waiting):
            for number, row in left:
                if row.parent in in_file:
                    change.reading.refuse(number, "parent", Problem("import.parent_cycle"))
                else:
                    change.unknown(number, "parent", row.parent or "")
            return
        waiting = left


async def _add_organization(change: Change, row: OrganizationRow, known: dict[str, Organization]) -> Organization:
    parent_id = None if row.parent is None else known[row.parent].id
    added = Organization(id=uuid7(change.now), parent_id=parent_id, code=row.code, name=row.name)
    await organizations.insert(
        change.connection, organization_id=added.id, parent_id=parent_id, code=row.code, name=row.name
    )
    await change.tell("organization", added.id, "created", {"code": row.code, "name": row.name, "parent": row.parent})
    change.count("added")
    return added


async def _change_organization(
    change: Change, number: int, row: OrganizationRow, present: Organization, codes: dict[UUID, str]
) -> None:
    parent = None if present.parent_id is None else codes[present.parent_id]
    if "parent" in change.reading.fields and parent != row.parent:
        change.reading.refuse(number, "parent", Problem("import.organization_moved", parent=parent or "-"))
    elif present.name == row.name:
        change.count("unchanged")
    else:
        await registers.rename_organization(change.connection, present.id, row.name)
        await change.tell("organization", present.id, "renamed", {"from": present.name, "to": row.name})
        change.count("changed")


async def bring_in_accounts(change: Change) -> None:
    """Adds people and roles. A role that the table does not name stays: taking one away is a decision of its own."""
    rows: list[tuple[int, AccountRow]] = change.reading.rows
    known = await registers.people(change.connection, {row.account for _, row in rows})
    places = await registers.organizations(change.connection)
    first: dict[str, tuple[int, str]] = {}
    for number, row in rows:
        before, name = first.setdefault(row.account, (number, row.name))
        if row.organization not in places:
            change.unknown(number, "organization", row.organization)
        elif name != row.name:
            change.reading.refuse(number, "name", Problem("import.name_differs", row=before))
        elif (person := known.get(row.account)) is not None and person.is_disabled:
            change.reading.refuse(number, "account", Problem("import.account_disabled", account=row.account))
        else:
            known[row.account] = await _bring_in(change, row, person, places[row.organization])


async def _bring_in(change: Change, row: AccountRow, person: Person | None, place: Organization) -> Person:
    role = (row.role, row.organization)
    if person is None:
        person = Person(uuid7(change.now), row.name, False, frozenset())
        await accounts.insert(
            change.connection,
            account_id=person.id,
            account=row.account,
            name=row.name,
            password_hash=change.password_hashes[row.account],
            now=change.now,
        )
        await change.tell("account", person.id, "created", {"account": row.account, "memberships": []})
        outcome = "added"
    else:
        outcome = "unchanged" if role in person.roles and person.name == row.name else "changed"
    if person.name != row.name:
        await registers.rename_person(change.connection, person.id, row.name)
        await change.tell("account", person.id, "renamed", {"from": person.name, "to": row.name})
    if role not in person.roles:
        await accounts.add_membership(change.connection, person.id, row.role, place.id)
        body = {"role": row.role, "organization": row.organization}
        await change.tell("account", person.id, "role_given", body)
    change.count("added" if outcome == "added" else "unchanged" if outcome == "unchanged" else "changed")
    return Person(person.id, row.name, False, person.roles | {role})
