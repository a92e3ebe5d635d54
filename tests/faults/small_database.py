"""A database server on a disk that the caller mounted. `python -m tests.faults.small_database TEMPLATE FOLDER`.

It says its address, starts the server again for each line that it reads, and stops it at the end of its input.
"""

import contextlib
import sys
from pathlib import Path

from service.embedded_postgres import EmbeddedPostgresError
from tests.faults.clusters import Cluster


def main(template: Path, folder: Path) -> None:
    cluster = Cluster.copied(template, folder / "postgres", options={"max_wal_size": "32MB", "min_wal_size": "32MB"})
    print(cluster.start(), flush=True)
    for _ in sys.stdin:
        try:
            print(cluster.start(), flush=True)
        except EmbeddedPostgresError as error:
            print("refused", str(error).replace("\n", " "), flush=True)
    with contextlib.suppress(FileNotFoundError):
        cluster.stop(5)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
