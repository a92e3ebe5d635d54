"""S3 servers as real processes on loopback: rclone's, which is everywhere, and Ceph's gateway, where it is installed.

rclone's knows neither conditional writes nor object lock; Ceph's checks signatures and knows both.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener
from uuid import uuid4

from service.processes import tied
from storage.s3_options import S3Options, WriteOnce
from tests.servers import free_port

START_SECONDS = 90.0
ACCESS_KEY = "CLEARWAYTESTS"
SECRET_KEY = "no-secret-at-all"
CEPH = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool")


class S3ServerError(Exception):
    """A server did not start; the text ends with its log."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a running server is and what it can do."""

    endpoint: str
    write_once: WriteOnce
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def options(self, **changes: Any) -> S3Options:
        """How our store reaches it."""
        options = S3Options(
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            addressing="path",
            write_once=self.write_once,
        )
        return replace(options, **changes)

    def environment(self, url: str) -> dict[str, str]:
        """The settings of a service whose store is the bucket at `url`."""
        return {
            "CLEARWAY_STORE_URL": url,
            "CLEARWAY_S3_ENDPOINT": self.endpoint,
            "CLEARWAY_S3_ACCESS_KEY": self.access_key,
            "CLEARWAY_S3_SECRET_KEY": self.secret_key,
            "CLEARWAY_S3_ADDRESSING": "path",
            "CLEARWAY_S3_WRITE_ONCE": self.write_once,
        }

    def make_bucket(self, name: str | None = None, *, object_lock: bool = False) -> str:
        """The address of a new bucket, with a name that nobody has when none is given."""
        name = name or f"test-{uuid4().hex}"
        asked = {"ObjectLockEnabledForBucket": True} if object_lock else {}
        self.client().create_bucket(Bucket=name, **asked)
        return f"s3://{name}"

    def client(self) -> Any:
        """A bare boto3 client, to look at what is there and to measure beside."""
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                max_pool_connections=32,
            ),
        )

    def as_values(self) -> dict[str, str]:
        """What another process needs to make this object."""
        return asdict(self)


def ceph_is_installed() -> bool:
    """Whether every program of Ceph's gateway is here."""
    return all(shutil.which(program) for program in CEPH)


@contextmanager
def rclone_server(folder: Path, port: int | None = None) -> Iterator[S3Server]:
    """rclone's server over `folder`, whose folders are its buckets. Call it from a thread that lives as long."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    program = Path(sys.executable).with_name("rclone")
    command = [str(program), "serve", "s3", f"--addr=127.0.0.1:{port}", f"--auth-key={ACCESS_KEY},{SECRET_KEY}"]
    with _daemon([*command, "--config=", str(folder)], folder.with_name(f"{folder.name}.log")) as process:
        server = S3Server(f"http://127.0.0.1:{port}", "single_writer")
        _wait_for_http(server.endpoint, process, folder.with_name(f"{folder.name}.log"))
        yield server


@contextmanager
def ceph_server(folder: Path) -> Iterator[S3Server]:
    """A gateway with one monitor and one storage daemon that keeps everything in memory; up after a quarter minute.

    Call it from a thread that lives as long. The daemons end with us, however we end.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("mon", "osd", "rgw", "log"):
        (folder / part).mkdir(parents=True)
    cluster = _Cluster(folder, free_port())
    with ExitStack() as daemons:
        cluster.make_keys()
        daemons.enter_context(cluster.daemon("ceph-mon", "-i", "a"))
        cluster.await_answer("mon", "stat", wanted="")
        cluster.make_storage()
        daemons.enter_context(cluster.daemon("ceph-osd", "-i", "0"))
        cluster.await_answer("osd", "stat", wanted="1 up")
        gateway = daemons.enter_context(cluster.daemon("radosgw", "-n", "client.rgw.a"))
        server = S3Server(f"http://127.0.0.1:{cluster.port}", "conditional")
        _wait_for_http(server.endpoint, gateway, folder / "log/radosgw.out")
        keys = [f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"]
        cluster.run("radosgw-admin", "user", "create", "--uid=clearway", "--display-name=clearway", *keys)
        yield server


class _Cluster:
    """The configuration of a Ceph cluster on one folder. cephx stays on: the gateway does not come up without it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._identity = str(uuid4())
        self._configuration = folder / "ceph.conf"
        monitors = f"[v2:127.0.0.1:{free_port()},v1:127.0.0.1:{free_port()}]"
        self._monitors = monitors
        self._configuration.write_text(
            CONFIGURATION.format(folder=folder, identity=self._identity, monitors=monitors, port=port)
        )

    def run(self, program: str, *arguments: str, given: str = "") -> str:
        """What a program of Ceph's prints."""
        done = subprocess.run(
            [program, "-c", str(self._configuration), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise S3ServerError(f"{program} {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout

    def daemon(self, program: str, *arguments: str) -> Any:
        """A daemon in the foreground, which ends with us."""
        command = [program, "-c", str(self._configuration), *arguments, "-f"]
        return _daemon(command, self.folder / f"log/{program}.out")

    def make_keys(self) -> None:
        """The monitor's own database and everybody's keys but the storage daemon's."""
        keyring, everything = str(self.folder / "keyring"), ["--cap", "mon", "allow *"]
        self.run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", *everything)
        for name, caps in {
            "client.admin": [*everything, "--cap", "osd", "allow *", "--cap", "mgr", "allow *"],
            "client.rgw.a": ["--cap", "mon", "allow rwx", "--cap", "osd", "allow rwx"],
        }.items():
            self.run("ceph-authtool", keyring, "--gen-key", "-n", name, *caps)
        chart = str(self.folder / "monmap")
        self.run("monmaptool", "--create", "--addv", "a", self._monitors, "--fsid", self._identity, chart)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", chart, "--keyring", keyring)

    def make_storage(self) -> None:
        """The storage daemon's key and its empty store."""
        identity, key = str(uuid4()), self.run("ceph-authtool", "--gen-print-key").strip()
        self.run("ceph", "osd", "new", identity, "-i", "-", given=f'{{"cephx_secret": "{key}"}}')
        keyring = str(self.folder / "osd/keyring")
        self.run("ceph-authtool", "--create-keyring", keyring, "-n", "osd.0", "--add-key", key)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)

    def await_answer(self, *question: str, wanted: str) -> None:
        """Returns when the cluster answers so."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if wanted in self.run("ceph", "--connect-timeout", "2", *question):
                    return
            except S3ServerError:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise S3ServerError(f"ceph {' '.join(question)} never says {wanted!r}")
            time.sleep(0.1)


@contextmanager
def _daemon(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            tied(command, 9), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        # Nothing of it is kept.
        process.kill()
        process.wait()


def _wait_for_http(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    direct = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            direct.open(url, timeout=5).close()
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise S3ServerError(f"nothing answers at {url}:\n{log.read_text(errors='replace')[-2000:]}")


CONFIGURATION = """\
[global]
fsid = {identity}
keyring = {folder}/keyring
mon_initial_members = a
mon_host = {monitors}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 4294967296
admin_socket =
run_dir = {folder}
log_file = {folder}/log/$name.log
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
mon_data_avail_crit = 1
mon_data_avail_warn = 1
ms_bind_ipv6 = false
[osd]
keyring = {folder}/osd/keyring
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_enable_usage_log = false
rgw_enable_lc_threads = false
rgw_thread_pool_size = 64
"""
