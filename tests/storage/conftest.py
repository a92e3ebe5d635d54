"""The conformance suites are no test modules by name, and their assertions explain themselves all the same."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.storage.{name}" for name in ("conformance", "conformance_originals", "conformance_objects", "crashes"))
)
