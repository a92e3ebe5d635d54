"""Every setting, read once from the environment and frozen. `clearway settings` prints this page as a reference."""

from collections.abc import Mapping
from dataclasses import fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from socket import gethostname
from typing import Annotated, Any

import msgspec

from storage.s3_options import S3Options

PREFIX = "CLEARWAY_"
MEGABYTE = 1024 * 1024


class SettingsError(Exception):
    """A setting is missing, misspelled or out of range. The message names it."""


def _setting(meaning: str, **bounds: Any) -> msgspec.Meta:
    return msgspec.Meta(description=meaning, **bounds)


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """Read only by the application and the command line; everything below receives plain values."""

    database_url: Annotated[
        str,
        _setting(
            "PostgreSQL 15 or later, postgresql://user:password@host:port/name; of several host:port, separated by "
            "commas, the one that takes writes"
        ),
    ] = ""
    store_url: Annotated[
        str, _setting("Where originals live: file:///absolute/folder, or s3://bucket/prefix in an object store")
    ] = ""
    s3_endpoint: Annotated[str, _setting("https://host:port of the object store; empty: AWS's own of the region")] = ""
    s3_region: Annotated[str, _setting("Region that requests to the object store are signed for", min_length=1)] = (
        "us-east-1"
    )
    s3_access_key: Annotated[
        str, _setting("Key of the object store; empty: what the AWS tools would use on this machine")
    ] = ""
    s3_secret_key: Annotated[str, _setting("Secret that belongs to the access key")] = ""
    s3_addressing: Annotated[
        str,
        _setting(
            "Where the bucket's name goes: path (host/bucket), virtual (bucket.host), or auto",
            pattern="^(auto|path|virtual)$",
        ),
    ] = "auto"
    s3_write_once: Annotated[
        str,
        _setting(
            "How the object store is made to refuse a second write: conditional (If-None-Match; AWS, Ceph, MinIO), "
            "forbid_overwrite (a header of the vendor's own), single_writer (it cannot; only one process may write)",
            pattern="^(conditional|forbid_overwrite|single_writer)$",
        ),
    ] = "conditional"
    s3_forbid_overwrite_header: Annotated[
        str, _setting("The vendor's header for forbid_overwrite", pattern="^x-[a-z-]+$")
    ] = "x-oss-forbid-overwrite"
    s3_object_lock_days: Annotated[
        int, _setting("Days for which the object store itself locks originals; 0 locks nothing", ge=0, le=36500)
    ] = 0
    s3_object_lock_mode: Annotated[str, _setting("governance or compliance", pattern="^(governance|compliance)$")] = (
        "governance"
    )
    s3_connections: Annotated[int, _setting("Requests to the object store at a time in one process", ge=1, le=200)] = 16
    s3_connect_timeout_seconds: Annotated[
        float, _setting("How long connecting to the object store may take", gt=0, le=60)
    ] = 3.0
    s3_read_timeout_seconds: Annotated[
        float, _setting("How long the object store may be silent within a request", gt=0, le=300)
    ] = 15.0
    s3_attempts: Annotated[int, _setting("Tries of one request to the object store in all", ge=1, le=10)] = 3
    s3_public_endpoint: Annotated[
        str,
        _setting("https://host:port where phones and browsers reach the object store; empty: the endpoint"),
    ] = ""
    s3_memory_bytes: Annotated[
        int,
        _setting("Bytes of uploads under way held in memory; what goes beyond waits in temporary files (TMPDIR)", ge=0),
    ] = 16 * MEGABYTE
    downloads: Annotated[
        str,
        _setting(
            "through: this service passes on originals, attachments and renditions; redirect: it sends whoever may see "
            "one to a signed address of the object store. Public pages are always served from here",
            pattern="^(through|redirect)$",
        ),
    ] = "through"
    download_seconds: Annotated[
        int, _setting("For how long a signed address works, for whoever has it", ge=5, le=3600)
    ] = 60
    host: Annotated[str, _setting("Address to listen on")] = "127.0.0.1"
    port: Annotated[int, _setting("Port to listen on; 0 takes a free one", ge=0, le=65535)] = 8000
    public_base_url: Annotated[
        str,
        _setting(
            "Address under which the public reaches this service, without a slash at its end; the Host header chooses "
            "nothing",
            pattern=r"^https?://[^/\s]+(/[^/\s]+)*$",
        ),
    ] = "http://127.0.0.1:8000"
    objection_contact: Annotated[
        str,
        _setting(
            "Who is told of objections to published cases: name, phone, address; on every public page", max_length=300
        ),
    ] = ""
    objection_days: Annotated[
        int, _setting("Working days within which an objection is answered; told beside the contact", ge=1, le=365)
    ] = 15
    cdn_purge_url: Annotated[
        str,
        _setting(
            'Where a CDN is told to forget pages, by POST of {"urls": [...], "tags": [...]}; empty: there is none',
            pattern=r"^(|https?://\S+)$",
        ),
    ] = ""
    cdn_purge_token: Annotated[str, _setting("Bearer token for that", pattern=r"^[!-~]*$")] = ""
    trusted_proxies: Annotated[
        str, _setting("Networks, separated by commas, whose X-Forwarded-For is believed; empty believes nobody")
    ] = ""
    upload_max_bytes: Annotated[int, _setting("Largest photo accepted, bytes", ge=1024)] = 50 * MEGABYTE
    upload_expires_seconds: Annotated[int, _setting("Life of an unfinished upload after its last byte", ge=60)] = 604800
    disk_floor_bytes: Annotated[
        int, _setting("Free space in the store below which uploads get 507 and /health/ready fails", ge=0)
    ] = 256 * MEGABYTE
    session_idle_seconds: Annotated[int, _setting("A session unused for this long ends", ge=60)] = 43200
    session_absolute_seconds: Annotated[int, _setting("A session ends this long after signing in", ge=60)] = 604800
    on_the_spot_hours: Annotated[
        int, _setting("Time to fix on the spot when nobody waits there, hours", ge=1, le=720)
    ] = 24
    database_connections: Annotated[
        int, _setting("Connections of one web process; half as many more search", ge=2, le=200)
    ] = 16
    database_statement_seconds: Annotated[
        int, _setting("A statement that takes longer is ended, and its request answered with 503", ge=1, le=3600)
    ] = 30
    imaging_processes: Annotated[int, _setting("Subprocesses that decode photos in one worker", ge=1, le=64)] = 2
    vision: Annotated[
        str,
        _setting(
            "Detectors that propose masks and look at finished pictures: auto uses them where they are installed "
            "(make vision), off never, required refuses to start a worker without them",
            pattern="^(auto|off|required)$",
        ),
    ] = "auto"
    vision_processes: Annotated[
        int, _setting("Subprocesses with detectors in one worker, 0.9 GB each while they look", ge=1, le=64)
    ] = 2
    pixel_limit: Annotated[
        int, _setting("Largest picture that is decoded, pixels; larger ones are kept undecoded", ge=1_000_000)
    ] = 120_000_000
    shutdown_seconds: Annotated[int, _setting("How long requests and jobs may finish when stopping", ge=0)] = 20
    log_level: Annotated[str, _setting("debug, info, warning or error", pattern="^(debug|info|warning|error)$")] = (
        "info"
    )
    replica: Annotated[
        str,
        _setting("Name of this replica in log lines and traces; empty: the host's", pattern=r"^[A-Za-z0-9._-]{0,64}$"),
    ] = ""
    metrics_token: Annotated[
        str,
        _setting("Who sends it as Bearer token may read /metrics; empty: nobody may", pattern=r"^(|[!-~]{16,})$"),
    ] = ""
    worker_host: Annotated[str, _setting("Address on which a worker answers /metrics and /health/live")] = "127.0.0.1"
    worker_port: Annotated[
        int, _setting("Port on which a worker answers them; 0: it does not listen", ge=0, le=65535)
    ] = 0
    traces_url: Annotated[
        str,
        _setting(
            "Where OpenTelemetry traces are sent, OTLP over HTTP: http://collector:4318/v1/traces; empty: nowhere",
            pattern=r"^(|https?://\S+)$",
        ),
    ] = ""
    traces_share: Annotated[float, _setting("Share of the traces that are recorded", ge=0, le=1)] = 1.0
    demo: Annotated[bool, _setting("Show the demo accounts on the home page")] = False

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The trusted networks, parsed."""
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())

    def name_of_replica(self) -> str:
        """What was given, else the host's name."""
        return self.replica or gethostname()

    def s3(self) -> S3Options:
        """How an object store is reached. A setting `s3_endpoint` is the option `endpoint`, and so on."""
        return S3Options(**{field.name: getattr(self, f"s3_{field.name}") for field in fields(S3Options)})

    def __repr__(self) -> str:
        """Without a value: addresses and keys hold secrets, and this ends up in traces."""
        return "Settings(...)"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of `CLEARWAY_*` variables. SettingsError names every variable that is unknown or does not fit."""
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given = {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in ELSEWHERE
    }
    for name in [name for name in given if name.endswith(FROM_FILE) and name.removesuffix(FROM_FILE) in known]:
        if name.removesuffix(FROM_FILE) in given:
            raise SettingsError(
                f"{PREFIX}{name.upper()}: {PREFIX}{name.removesuffix(FROM_FILE).upper()} is set as well"
            )
        given[name.removesuffix(FROM_FILE)] = _content(name, given.pop(name))
    if unknown := sorted(given.keys() - known):
        raise SettingsError(f"unknown setting {', '.join(PREFIX + name.upper() for name in unknown)}")
    fitting: dict[str, Any] = {}
    wrong = []
    for field in msgspec.structs.fields(Settings):
        try:
            if field.name in given:
                fitting[field.name] = msgspec.convert(given[field.name], field.type, strict=False)
        except msgspec.ValidationError as error:
            wrong.append(f"{PREFIX}{field.name.upper()}: {error}")
    settings = Settings(**fitting)
    try:
        settings.proxies()
    except ValueError as error:
        wrong.append(f"{PREFIX}TRUSTED_PROXIES: {error}")
    if wrong:
        raise SettingsError("; ".join(wrong))
    return settings


def _content(name: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PREFIX}{name.upper()}: {file} cannot be read: {error}") from error


FROM_FILE = "_file"
"""CLEARWAY_X_FILE names a file with the value of CLEARWAY_X: so come the secrets of containers."""

ELSEWHERE = frozenset({"CLEARWAY_DEMO_PASSWORD", "CLEARWAY_DEMO_DATA", "CLEARWAY_PROVE", "CLEARWAY_PASSWORD"})
"""Variables that the demo, the tests and the account commands read themselves."""


def reference() -> str:
    """All settings with meaning and default, one paragraph each."""
    lines = [f"Instead of a value, {PREFIX}X_FILE may name a file that holds the value of {PREFIX}X.\n"]
    for field in msgspec.structs.fields(Settings):
        meta = field.type.__metadata__[0]
        lines.append(f"{PREFIX}{field.name.upper()}={field.default}\n    {meta.description}\n")
    return "\n".join(lines)
