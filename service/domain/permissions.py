"""Who may do what, where: verbs on objects, never role names.

Roles are data (tables `roles` and `role_permissions`); code asks for a permission on the organization that an object
belongs to. A person holds roles in organizations and a role covers the whole subtree below.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    """Alphabetized `resource:action`."""

    CASE_DRAFT = "case:draft"
    CASE_PUBLISH = "case:publish"
    CASE_READ = "case:read"
    CASE_RETRACT = "case:retract"
    CASE_REVIEW = "case:review"
    HAZARD_APPROVE = "hazard:approve"
    HAZARD_ASSIGN = "hazard:assign"
    HAZARD_FILE = "hazard:file"
    HAZARD_GRADE = "hazard:grade"
    HAZARD_INFORMANT = "hazard:informant"
    HAZARD_READ = "hazard:read"
    HAZARD_RECTIFY = "hazard:rectify"
    HAZARD_REGISTER = "hazard:register"
    HAZARD_REOPEN = "hazard:reopen"
    HAZARD_REPORT = "hazard:report"
    HAZARD_REVIEW = "hazard:review"
    HAZARD_SELFCHECK = "hazard:selfcheck"
    HAZARD_SERVE = "hazard:serve"
    HAZARD_SUPERVISE = "hazard:supervise"
    HAZARD_URGE = "hazard:urge"
    NOTICE_ISSUE = "notice:issue"
    NOTICE_READ = "notice:read"
    PHOTO_UPLOAD = "photo:upload"
    PLACE_MANAGE = "place:manage"
    PLACE_READ = "place:read"
    STATISTICS_READ = "statistics:read"
    VISIT_READ = "visit:read"
    VISIT_RECORD = "visit:record"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of a person with the organizations it covers, the subtree already expanded."""

    role: str
    permissions: frozenset[Permission]
    organizations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person a request acts for."""

    account_id: UUID
    account: str
    name: str
    grants: tuple[Grant, ...]

    def may(self, permission: Permission, organization_id: UUID) -> bool:
        """True when some role grants `permission` in that organization."""
        return any(permission in grant.permissions and organization_id in grant.organizations for grant in self.grants)

    def may_anywhere(self, permission: Permission) -> bool:
        """True when some role grants `permission` in any organization."""
        return any(permission in grant.permissions for grant in self.grants)

    def organizations_with(self, permission: Permission) -> frozenset[UUID]:
        """Every organization in which the person holds `permission`."""
        return frozenset().union(*(grant.organizations for grant in self.grants if permission in grant.permissions))
