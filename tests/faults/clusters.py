"""Database servers of a test's own, to be restarted, killed, frozen, filled up and failed over."""

import shutil
import signal
import subprocess
from pathlib import Path

from service.embedded_postgres import EmbeddedPostgres
from service.embedded_postgres.lodging import SHELTER, find_lodging
from service.processes import tied
from tests.servers import free_port

KEEPING = {"synchronous_commit": "on"}
"""What was committed outlives `kill -9`, which is what these tests are about."""
REPLICATING = KEEPING | {"wal_level": "replica", "max_wal_senders": "4", "wal_keep_size": "64MB"}


class Cluster(EmbeddedPostgres):
    """A server that keeps its address for life."""

    def __init__(self, data: Path, *, options: dict[str, str] | None = None, durable: bool = False) -> None:
        super().__init__(data, durable=durable, port=free_port(), options=KEEPING | (options or {}))

    @classmethod
    def copied(cls, template: Path, data: Path, *, options: dict[str, str] | None = None) -> "Cluster":
        """A server with everything that the stopped one at `template` holds."""
        shutil.copytree(template, data, symlinks=True)
        return cls(data, options=options)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> str:
        """Also when it was killed: nobody has told it that it is gone."""
        if self.process is not None and self.process.poll() is not None:
            self.process, self.url = None, None
        return super().start()

    def kill_nine(self) -> None:
        """Ends it as a power cut would."""
        assert self.process is not None
        self._signal_all(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        """Nobody there answers any more, and no connection is closed: as a machine that was switched off."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Does nothing to one that is not frozen, or gone."""
        if self.process is not None and self.process.poll() is None:
            self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        assert self.process is not None
        for process in (self.process.pid, *children_of(self.process.pid)):
            subprocess.run(["kill", f"-{int(number)}", str(process)], check=False, stderr=subprocess.DEVNULL)


def standby_of(primary: Cluster, data: Path) -> Cluster:
    """A running standby of a running primary, which from now on waits for it with every commit."""
    standby = Cluster(data, options=REPLICATING)
    data.mkdir(mode=0o700)
    lodging = find_lodging(data, SHELTER)
    assert primary.url is not None
    command = [str(lodging.binaries / "bin" / "pg_basebackup"), "-d", primary.url, "-D", str(lodging.home / "cluster")]
    subprocess.run(
        tied([*command, "-R", "-X", "stream", "-c", "fast", "--no-sync"], signal.SIGKILL, become=lodging.identity),
        check=True,
        capture_output=True,
    )
    shutil.copy2(primary.home / "password", lodging.home / "password")
    standby.start()
    return standby


def children_of(process: int) -> list[int]:
    """The processes that a process has started and that still run."""
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(number) for number in listed.split()]


def url_of(*clusters: Cluster) -> str:
    """One address that names all of these servers, as libpq reads it."""
    url = clusters[0].url
    assert url is not None
    addresses = ",".join(cluster.address for cluster in clusters)
    return url.replace(clusters[0].address, addresses)
