"""Buckets for the tests of a run. The conformance suites are no test modules by name, and explain themselves too."""

import pytest

from tests.s3_servers import S3Server

pytest.register_assert_rewrite(
    *(f"tests.storage.{name}" for name in ("conformance", "conformance_originals", "conformance_objects", "crashes"))
)


@pytest.fixture(scope="session")
def rclone_bucket(rclone: S3Server) -> str:
    """A bucket of rclone's server."""
    return rclone.make_bucket()


@pytest.fixture(scope="session")
def ceph_bucket(ceph: S3Server) -> str:
    """A bucket of Ceph's gateway."""
    return ceph.make_bucket()
