"""The same tests against parts reached by address: Debian's PostgreSQL 15, Ceph's gateway or rclone's server.

`python -m tests.elsewhere [--store ceph|rclone] [-- what pytest is given]`; without more it is all of tests/api.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.debian_postgres import debian_postgres, debian_postgres_programs
from tests.s3_servers import S3Server, ceph_server, rclone_server

STORES = {"ceph": ceph_server, "rclone": rclone_server}


def environment_of(database_url: str, server: S3Server) -> dict[str, str]:
    """What `tests.conftest` and `tests.stores` read: a database server, and a new bucket."""
    settings = server.environment(server.make_bucket())
    return {"TEST_DATABASE_URL": database_url, "TEST_STORE_URL": settings.pop("CLEARWAY_STORE_URL"), **settings}


@contextmanager
def parts(store: str) -> Iterator[dict[str, str]]:
    """Both servers, running, as variables for a run of pytest."""
    programs = debian_postgres_programs()
    if programs is None:
        raise SystemExit("Debian's postgresql-15 is not installed here")
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="clearway-elsewhere-")))
        url = running.enter_context(debian_postgres(programs))
        yield environment_of(url, running.enter_context(STORES[store](folder / store)))


def main() -> int:
    """Pytest's status."""
    parser = argparse.ArgumentParser(prog="python -m tests.elsewhere", description=__doc__)
    parser.add_argument("--store", choices=STORES, default="ceph")
    parser.add_argument("arguments", nargs="*", default=["tests/api"])
    chosen = parser.parse_args()
    with parts(chosen.store) as environment:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen.arguments]
        return subprocess.run(command, env=os.environ | environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
