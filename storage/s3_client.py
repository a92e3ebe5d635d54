"""boto3 as this store wants it: signed once, nothing hashed twice, bounded, and its errors in the store's words."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import boto3.session
from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from storage.base import ObjectMissing, StoreError, StoreFull
from storage.s3_options import S3Options

BROKEN: Final = (BotoCoreError, HTTPError, OSError)
"""What is raised when no answer came, or broke off."""

_SIGNATURE: Final = "clearway-hashed-before"
_FULL: Final = frozenset({"QuotaExceeded", "InsufficientCapacity", "InsufficientStorage", "XMinioStorageFull"})
_NO_OBJECT: Final = frozenset({"NoSuchKey", "404", "NotFound"})


class _HashedBefore(S3SigV4Auth):  # type: ignore[misc]
    """Signs with the SHA-256 that we computed while the bytes came, where boto3 would read and hash them again."""

    def payload(self, request: Any) -> str:
        checksum = request.headers.get("x-amz-checksum-sha256")
        return b64decode(checksum).hex() if checksum else str(super().payload(request))


AUTH_TYPE_MAPS[_SIGNATURE] = _HashedBefore


@cache
def _session() -> Any:
    """One for all clients: it parses 10 MB of descriptions."""
    return boto3.session.Session()


def make_client(options: S3Options, endpoint: str) -> Any:
    """A client, for many threads, made in one. Asks the machine for credentials if none are given."""
    try:
        client = _session().client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=options.region or None,
            aws_access_key_id=options.access_key or None,
            aws_secret_access_key=options.secret_key or None,
            config=Config(
                # Other vendors refuse what boto3 does of itself since 1.36.
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": options.addressing},
                max_pool_connections=options.connections,
                connect_timeout=options.connect_timeout_seconds,
                read_timeout=options.read_timeout_seconds,
                # Connections that break, time-outs, 429, 500, 502, 503 and 504, after pauses of random length; when
                # much goes wrong at once, a quota of tries keeps us from making it worse.
                retries={"mode": "standard", "total_max_attempts": options.attempts},
                tcp_keepalive=True,
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise StoreError(f"the S3 store cannot be reached so: {error}") from error
    client.meta.events.register_first("choose-signer.s3.PutObject", lambda **_: _SIGNATURE)
    if options.write_once == "forbid_overwrite":
        name = options.forbid_overwrite_header

        def forbid(params: Any, **_: Any) -> None:
            params["headers"][name] = "true"

        client.meta.events.register("before-call.s3.PutObject", forbid)
    return client


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Tell boto3's errors in the contract's words. ``doing`` completes "the store answers ... to"."""
    try:
        yield
    except ClientError as error:
        raise _in_our_words(error, doing) from error
    except BROKEN as error:
        raise StoreError(f"the store did not answer to {doing}: {error}") from error
    except (KeyError, ValueError) as error:
        raise StoreError(f"the store's answer to {doing} cannot be understood: {error}") from error


def _in_our_words(error: ClientError, doing: str) -> StoreError:
    code, status = code_of(error), status_of(error)
    if code in _NO_OBJECT:
        return ObjectMissing("no object has this key")
    if code in _FULL or status == 507:
        return StoreFull(f"the store has no room: {code}")
    return StoreError(f"the store answers {code} ({status}) to {doing}")


def code_of(error: ClientError) -> str:
    """The store's own word for what is wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status of an answer that is an error."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def was_tried_again(error: ClientError) -> bool:
    """Whether an earlier try of the same request went unanswered, and may have done its work."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))
