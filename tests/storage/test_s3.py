"""The store in a bucket: it conforms on rclone's server and on Ceph's gateway."""

from uuid import uuid4

import pytest

from storage import S3Options
from tests.s3_servers import S3Server
from tests.storage.conformance import WritingSegments
from tests.storage.conformance_objects import Keeping
from tests.storage.conformance_originals import Sealing
from tests.storage.crashes import PROVING, Crashing


class OnRclone:
    """A prefix of the test's own on rclone's server, which knows no conditional writes."""

    @pytest.fixture
    def store_url(self, rclone_bucket: str) -> str:
        return f"{rclone_bucket}/{uuid4()}"

    @pytest.fixture
    def s3_options(self, rclone: S3Server) -> S3Options:
        return rclone.options()


class OnCeph:
    """The same on Ceph's gateway, which knows them."""

    @pytest.fixture
    def store_url(self, ceph_bucket: str) -> str:
        return f"{ceph_bucket}/{uuid4()}"

    @pytest.fixture
    def s3_options(self, ceph: S3Server) -> S3Options:
        return ceph.options()


class TestWritingSegmentsOnRclone(OnRclone, WritingSegments):
    pass


class TestSealingOnRclone(OnRclone, Sealing):
    pass


class InSmallPages:
    """Lists come in pages of a hundred, so that a few hundred objects make more than one."""

    MORE_THAN_A_PAGE = 203

    @pytest.fixture(autouse=True)
    def _small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("storage.s3_bucket.LISTED_AT_ONCE", 100)


class TestKeepingOnRclone(OnRclone, InSmallPages, Keeping):
    pass


class TestCrashingOnRclone(OnRclone, Crashing):
    KILLS = 30 if PROVING else 3


class TestWritingSegmentsOnCeph(OnCeph, WritingSegments):
    pass


class TestSealingOnCeph(OnCeph, Sealing):
    pass


class TestKeepingOnCeph(OnCeph, InSmallPages, Keeping):
    pass


class TestCrashingOnCeph(OnCeph, Crashing):
    KILLS = 30 if PROVING else 3
