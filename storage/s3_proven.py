"""A bucket that has shown that it keeps what is written once, before anything of ours is written to it."""

import time
from threading import Lock
from typing import Final

from storage.base import StoreError
from storage.s3_bucket import Bucket, Outcome
from storage.s3_findings import Findings
from storage.s3_options import S3Options
from storage.s3_probe import probe
from storage.s3_spool import Body

REMEMBERED_SECONDS: Final = 2.0
"""How long those who waited for a probe that failed take its answer for theirs."""


class ProvenBucket(Bucket):
    """Refuses writes until a probe has succeeded; the first write or check asks for it. Everything blocks.

    So a service starts while its store is away, and one whose store would let originals be overwritten never
    acknowledges a byte.
    """

    def __init__(self, name: str, prefix: str, options: S3Options) -> None:
        super().__init__(name, prefix, options)
        self._findings: Findings | None = None
        self._asked_at = 0.0
        self._asking = Lock()

    def store_once(self, key: str, body: Body, sha256: bytes) -> Outcome:
        """See ``Bucket.store_once``. ``StoreError`` too when the bucket cannot be trusted."""
        self._require_safety()
        return super().store_once(key, body, sha256)

    def check(self) -> None:
        """See ``Bucket.check``. ``StoreError`` too when the bucket cannot be trusted."""
        self._require_safety()
        super().check()

    def _require_safety(self) -> None:
        if (findings := self._findings) is not None and findings.is_safe:
            return
        with self._asking:
            findings = self._findings
            if findings is None or (not findings.is_safe and time.monotonic() - self._asked_at > REMEMBERED_SECONDS):
                findings = self.probe()
            if not findings.is_safe:
                raise StoreError(findings.refusal)

    def probe(self) -> Findings:
        """What the bucket is like, asked anew."""
        self._findings = probe(self)
        self._asked_at = time.monotonic()
        return self._findings
