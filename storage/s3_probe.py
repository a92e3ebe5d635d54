"""What an S3 store is asked before it is trusted. Everything here blocks."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import ClientError

from storage.base import ObjectMissing, StoreError
from storage.s3_bucket import Bucket
from storage.s3_findings import Findings
from storage.s3_spool import body_of

_RANGE: Final = (3, 17)


def probe(bucket: Bucket) -> Findings:
    """Write an object twice, read it whole and in part, look at the clock, remove it. Never raises ``StoreError``.

    The second write brings other content: it must be refused, and the first must still be there.
    """
    findings = Findings(reachable=False, writable=False)
    first, second = secrets.token_bytes(64), secrets.token_bytes(64)
    # Named after its content, as whoever finds it after a crash may expect.
    key = f"segments/probe/{hashlib.sha256(first).hexdigest()}"
    try:
        findings = _clock(bucket)
        if bucket.put(key, body_of(first), hashlib.sha256(first).digest()) is not None:
            return replace(findings, trouble="the store refuses to write a key that nobody has used")
        findings = replace(findings, writable=_content(bucket, key) == first)
        if bucket.options.write_once != "single_writer":
            refused = bucket.put(key, body_of(second), hashlib.sha256(second).digest()) is not None
            findings = replace(findings, refuses_second_write=refused and _content(bucket, key) == first)
        findings = replace(findings, ranges=_content(bucket, key, *_RANGE) == first[slice(*_RANGE)])
        if bucket.options.object_lock_days:
            findings = replace(findings, locks=bucket.locks_objects())
    except StoreError as error:
        answered = isinstance(error.__cause__, ClientError)
        return replace(findings, reachable=findings.reachable or answered, trouble=str(error))
    finally:
        # One that stays is swept with other segments that nobody names.
        with suppress(StoreError):
            if findings.writable:
                bucket.remove(key)
    return findings


def _clock(bucket: Bucket) -> Findings:
    told, now = bucket.clock(), datetime.now(UTC)
    return Findings(reachable=True, writable=False, clock_seconds=(told - now).total_seconds() if told else None)


def _content(bucket: Bucket, key: str, start: int = 0, end: int | None = None) -> bytes:
    try:
        return b"".join(bucket.reader(key, start, end).pieces())
    except ObjectMissing:
        return b""
