"""The one catalogue of everything that can go wrong for a client.

A problem is raised by its stable code and becomes an RFC 9457 `application/problem+json` body. Codes are part of the
API: clients branch on them, so a code is never renamed. Titles and details in the client's language live in
`service/locale/<language>/problems.toml` under the same code.
"""

from http import HTTPStatus
from typing import Final

CATALOGUE: Final[dict[str, HTTPStatus]] = {
    # accounts and sessions
    "account.exists": HTTPStatus.CONFLICT,
    "account.invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "account.not_found": HTTPStatus.NOT_FOUND,
    "account.password_too_short": HTTPStatus.UNPROCESSABLE_ENTITY,
    "organization.exists": HTTPStatus.CONFLICT,
    "organization.invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "organization.not_found": HTTPStatus.NOT_FOUND,
    "role.not_found": HTTPStatus.NOT_FOUND,
    "session.credentials_wrong": HTTPStatus.UNAUTHORIZED,
    "session.required": HTTPStatus.UNAUTHORIZED,
    "session.too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
    # the request itself
    "permission.denied": HTTPStatus.FORBIDDEN,
    "request.incomplete": HTTPStatus.BAD_REQUEST,
    "request.invalid": HTTPStatus.BAD_REQUEST,
    "request.method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "request.not_found": HTTPStatus.NOT_FOUND,
    "request.timeout": HTTPStatus.REQUEST_TIMEOUT,
    "request.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "server.error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "server.not_ready": HTTPStatus.SERVICE_UNAVAILABLE,
    # hazards
    "action.content_differs": HTTPStatus.CONFLICT,
    "hazard.action_not_allowed_now": HTTPStatus.CONFLICT,
    "hazard.category_unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.content_differs": HTTPStatus.CONFLICT,
    "hazard.due_at_past": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.fixer_may_not_review": HTTPStatus.FORBIDDEN,
    "hazard.not_found": HTTPStatus.NOT_FOUND,
    "hazard.not_the_owner": HTTPStatus.FORBIDDEN,
    "hazard.organization_required": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.organization_unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.owner_unsuitable": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.photo_named_twice": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.photo_shows_before": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.photos_not_arrived": HTTPStatus.CONFLICT,
    "hazard.second_inspector_unsuitable": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.time_out_of_range": HTTPStatus.UNPROCESSABLE_ENTITY,
    "hazard.version_required": HTTPStatus.PRECONDITION_REQUIRED,
    "hazard.version_stale": HTTPStatus.PRECONDITION_FAILED,
    "page.cursor_invalid": HTTPStatus.BAD_REQUEST,
    # cases
    "case.action_not_allowed_now": HTTPStatus.CONFLICT,
    "case.exists": HTTPStatus.CONFLICT,
    "case.gone": HTTPStatus.GONE,
    "case.hazard_not_closed": HTTPStatus.CONFLICT,
    "case.incomplete": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.mask_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.masks_undecided": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.not_a_draft": HTTPStatus.CONFLICT,
    "case.not_found": HTTPStatus.NOT_FOUND,
    "case.photo_not_of_hazard": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.picture_not_found": HTTPStatus.NOT_FOUND,
    "case.picture_not_ready": HTTPStatus.CONFLICT,
    "case.pictures_not_ready": HTTPStatus.CONFLICT,
    "case.reason_required": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.separation_of_duties": HTTPStatus.FORBIDDEN,
    "case.text_exposes": HTTPStatus.UNPROCESSABLE_ENTITY,
    "case.version_required": HTTPStatus.PRECONDITION_REQUIRED,
    "case.version_stale": HTTPStatus.PRECONDITION_FAILED,
    # photos
    "photo.digest_invalid": HTTPStatus.BAD_REQUEST,
    "photo.digest_mismatch": HTTPStatus.UNPROCESSABLE_ENTITY,
    "photo.digest_required": HTTPStatus.BAD_REQUEST,
    "photo.empty": HTTPStatus.UNPROCESSABLE_ENTITY,
    "photo.id_in_use": HTTPStatus.CONFLICT,
    "photo.incomplete": HTTPStatus.BAD_REQUEST,
    "photo.not_found": HTTPStatus.NOT_FOUND,
    "photo.rendition_not_ready": HTTPStatus.CONFLICT,
    "photo.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "photo.type_not_accepted": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "storage.full": HTTPStatus.INSUFFICIENT_STORAGE,
    "storage.unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    # resumable uploads (tus 1.0.0)
    "tus.checksum_algorithm_unsupported": HTTPStatus.BAD_REQUEST,
    "tus.concatenation_unsupported": HTTPStatus.BAD_REQUEST,
    "tus.content_type_unsupported": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "tus.length_invalid": HTTPStatus.BAD_REQUEST,
    "tus.metadata_invalid": HTTPStatus.BAD_REQUEST,
    "tus.offset_invalid": HTTPStatus.BAD_REQUEST,
    "tus.version_unsupported": HTTPStatus.PRECONDITION_FAILED,
    "upload.finished": HTTPStatus.FORBIDDEN,
    "upload.gone": HTTPStatus.GONE,
    "upload.not_found": HTTPStatus.NOT_FOUND,
    "upload.offset_conflict": HTTPStatus.CONFLICT,
    "upload.past_the_end": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}

CHECKSUM_MISMATCH: Final = 460
"""tus 1.0.0, Checksum: "If the checksums do not match, the Server MUST respond with the 460 Checksum Mismatch"."""

PROBLEMS_WITH_OWN_STATUS: Final[dict[str, int]] = {"tus.checksum_mismatch": CHECKSUM_MISMATCH}


def status_of(code: str) -> int:
    """The HTTP status of a problem code. KeyError for a code that the catalogue does not hold."""
    return PROBLEMS_WITH_OWN_STATUS[code] if code in PROBLEMS_WITH_OWN_STATUS else CATALOGUE[code].value


class Problem(Exception):
    """Something the client must be told.

    `parameters` are plain JSON values; they fill the sentence and are members of the body.
    `headers` are sent with the answer (`Retry-After`, `ETag`, ...).
    """

    def __init__(self, code: str, /, *, headers: dict[str, str] | None = None, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.status = status_of(code)
        self.headers = headers or {}
        self.parameters = parameters
