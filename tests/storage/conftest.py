"""The conformance suite is no test module by name, and its assertions explain themselves all the same."""

import pytest

pytest.register_assert_rewrite("tests.storage.conformance", "tests.storage.crashes")
