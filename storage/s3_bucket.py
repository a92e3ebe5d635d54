"""A bucket as a place where keys are written once. Everything here blocks.

What Ceph 16 taught: a conditional PUT is atomic, of twenty at once one stores. The same condition on CopyObject and on
CompleteMultipartUpload is ignored, and what was there is gone. So everything, composed originals too, is stored by a
single PUT, which takes up to 5 GiB. Then there are no minimal parts either, and no abandoned uploads to sweep. In
versioned buckets, which object lock needs, Ceph 16 ignores the condition too, and keeps both versions; the probe tells.
"""

import hashlib
import random
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from threading import Lock
from typing import Any, Final

from botocore.exceptions import ClientError

from storage.base import HEAD_BYTES, AlreadyStored, InvalidKey, ObjectMissing, StoredObject, StoreError, checked_key
from storage.s3_client import code_of, make_client, status_of, store_errors, was_tried_again
from storage.s3_options import S3Options
from storage.s3_reader import Reader
from storage.s3_spool import Body

CONFLICT_PAUSE_SECONDS: Final = 0.1
LISTED_AT_ONCE: Final = 1000
MOST_BYTES: Final = 5 * 1024**3
"""What S3 takes in one PUT."""
_STRIPES: Final = 256
_PRESIGNED: Final = {
    "content-type": "ResponseContentType",
    "content-disposition": "ResponseContentDisposition",
    "cache-control": "ResponseCacheControl",
}


class Outcome(Enum):
    """What became of a write."""

    STORED = auto()
    """This call stored it."""
    THERE = auto()
    """The same content was there already."""
    UNCLEAR = auto()
    """It is there, stored by this call's earlier try, whose answer was lost, or by somebody else."""


class Bucket:
    """Objects of one bucket below one prefix. For many threads."""

    def __init__(self, name: str, prefix: str, options: S3Options) -> None:
        """Talks to nobody yet, but may ask the machine for credentials."""
        self.options = options
        self._name = name
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = make_client(options, options.endpoint)
        outside = options.public_endpoint
        self._public_client = make_client(options, outside) if outside else self._client
        self._turns = [Lock() for _ in range(_STRIPES if options.write_once == "single_writer" else 0)]

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": self._prefix + key}

    def store_once(self, key: str, body: Body, sha256: bytes) -> Outcome:
        """Store these bytes unless something is stored under the key. ``AlreadyStored`` when that is other content."""
        if len(body) > MOST_BYTES:
            raise StoreError("S3 takes at most 5 GiB at once")
        for attempt in range(self.options.attempts):
            refusal = self.put(key, body, sha256)
            if refusal is None:
                return Outcome.STORED
            try:
                self.confirm(key, len(body), sha256)
            except ObjectMissing:
                # The rival that we lost to failed, or what it stored was deleted since.
                time.sleep(CONFLICT_PAUSE_SECONDS * 2**attempt * random.random())  # noqa: S311
            else:
                return Outcome.UNCLEAR if was_tried_again(refusal) else Outcome.THERE
        raise StoreError("the store refuses to write a key under which it has nothing")

    def put(self, key: str, body: Body, sha256: bytes) -> ClientError | None:
        """One conditional PUT: None when it stored, the store's refusal when something is there. ``StoreError``."""
        asked: dict[str, Any] = {
            **self._object(key),
            "Body": body,
            "ContentLength": len(body),
            "ChecksumSHA256": b64encode(sha256).decode(),
        }
        if self.options.write_once == "conditional":
            asked["IfNoneMatch"] = "*"
        if self.options.object_lock_days and key.startswith("originals/"):
            asked["ObjectLockMode"] = self.options.object_lock_mode.upper()
            asked["ObjectLockRetainUntilDate"] = datetime.now(UTC) + timedelta(days=self.options.object_lock_days)
        body.seek(0)
        with store_errors("writing"), self._turn(key):
            try:
                if self._turns and self._is_there(key):
                    return ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
                self._client.put_object(**asked)
            except ClientError as error:
                # RFC 9110 answers 412 to If-None-Match; 409 is AWS's ConditionalRequestConflict and what the vendors'
                # own headers give.
                if status_of(error) not in (409, 412):
                    raise
                return error
        return None

    def _turn(self, key: str) -> Any:
        return self._turns[hash(key) % _STRIPES] if self._turns else nullcontext()

    def _is_there(self, key: str) -> bool:
        try:
            self._client.head_object(**self._object(key))
        except ClientError as error:
            if status_of(error) != 404:
                raise
            return False
        return True

    def reader(self, key: str, start: int = 0, end: int | None = None) -> Reader:
        """The bytes ``start`` up to ``end`` of an object."""
        return Reader(self._client, self._name, self._prefix + key, start, end, self.options.attempts)

    def confirm(self, key: str, size: int, sha256: bytes) -> bytes:
        """The head of the object if it holds exactly this content, else ``AlreadyStored``; reads all of it."""
        running, head, length = hashlib.sha256(), b"", 0
        for piece in self.reader(key, 0, size + 1).pieces():
            running.update(piece)
            head += piece[: HEAD_BYTES - len(head)]
            length += len(piece)
        if length != size or running.digest() != sha256:
            raise AlreadyStored("other content is stored under this key")
        return head

    def describe(self, key: str) -> StoredObject:
        """Size and time of an object."""
        with store_errors("looking"):
            found = self._client.head_object(**self._object(key))
            return StoredObject(key, int(found["ContentLength"]), _seconds(found["LastModified"]))

    def remove(self, key: str) -> None:
        """Remove an object; one that is gone is no error."""
        try:
            with store_errors("deleting"):
                self._client.delete_object(**self._object(key))
        except ObjectMissing:
            return

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        """Objects whose key starts with ``prefix``, a page of the store's own length at a time."""
        asked = {"Bucket": self._name, "Prefix": self._prefix + prefix, "MaxKeys": LISTED_AT_ONCE}
        while True:
            with store_errors("listing"):
                answer = self._client.list_objects_v2(**asked)
                page, is_last = [*self._ours(answer.get("Contents", ()))], not answer["IsTruncated"]
                asked["ContinuationToken"] = "" if is_last else answer["NextContinuationToken"]
            yield page
            if is_last:
                return

    def _ours(self, contents: Iterator[Any]) -> Iterator[StoredObject]:
        for found in contents:
            key = found["Key"].removeprefix(self._prefix)
            try:
                checked_key(key)
            except InvalidKey:
                # Somebody else's, or a folder that a person made in a vendor's console.
                continue
            yield StoredObject(key, int(found["Size"]), _seconds(found["LastModified"]))

    def presigned(self, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """An address of the object for anybody. ``ValueError`` for a header that the store cannot be told to send."""
        asked = self._object(key)
        for name, value in headers.items():
            if (parameter := _PRESIGNED.get(name.lower())) is None:
                raise ValueError(f"the store cannot be told to send {name}")
            asked[parameter] = value
        with store_errors("signing"):
            return str(self._public_client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def check(self) -> None:
        """``StoreError`` when the bucket does not answer."""
        try:
            with store_errors("being asked for its bucket"):
                self._client.head_bucket(Bucket=self._name)
        except ObjectMissing as error:
            raise StoreError("the bucket is not there") from error

    def clock(self) -> datetime | None:
        """The store's own clock, as its answers tell it."""
        with store_errors("being asked for its bucket"):
            said = self._client.head_bucket(Bucket=self._name)["ResponseMetadata"]["HTTPHeaders"].get("date")
        return datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC) if said else None

    def locks_objects(self) -> bool | None:
        """Whether the bucket has object lock on; None when it may not be asked."""
        try:
            answer = self._client.get_object_lock_configuration(Bucket=self._name)
        except ClientError as error:
            return False if "NotFound" in code_of(error) else None
        return bool(answer["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
        self._public_client.close()


def _seconds(moment: datetime) -> datetime:
    """Lists tell milliseconds where single answers do not; both must agree."""
    return moment.astimezone(UTC).replace(microsecond=0)
