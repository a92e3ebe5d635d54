"""Every setting, read once from the environment and frozen. `clearway settings` prints this page as a reference."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

import msgspec

PREFIX = "CLEARWAY_"
MEGABYTE = 1024 * 1024


class SettingsError(Exception):
    """A setting is missing, misspelled or out of range. The message names it."""


def _setting(meaning: str, **bounds: Any) -> msgspec.Meta:
    return msgspec.Meta(description=meaning, **bounds)


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """Read only by the application and the command line; everything below receives plain values."""

    database_url: Annotated[str, _setting("PostgreSQL 15 or later, postgresql://user:password@host:port/name")] = ""
    store_url: Annotated[str, _setting("Where originals live: file:///absolute/folder")] = ""
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
    imaging_processes: Annotated[int, _setting("Subprocesses that decode photos in one worker", ge=1, le=64)] = 2
    pixel_limit: Annotated[
        int, _setting("Largest picture that is decoded, pixels; larger ones are kept undecoded", ge=1_000_000)
    ] = 120_000_000
    shutdown_seconds: Annotated[int, _setting("How long requests and jobs may finish when stopping", ge=0)] = 20
    log_level: Annotated[str, _setting("debug, info, warning or error", pattern="^(debug|info|warning|error)$")] = (
        "info"
    )
    demo: Annotated[bool, _setting("Show the demo accounts on the home page")] = False

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The trusted networks, parsed."""
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of `CLEARWAY_*` variables. SettingsError names every variable that is unknown or does not fit."""
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given = {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in ELSEWHERE
    }
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


ELSEWHERE = frozenset({"CLEARWAY_DEMO_PASSWORD", "CLEARWAY_DEMO_DATA", "CLEARWAY_PROVE", "CLEARWAY_PASSWORD"})
"""Variables that the demo, the tests and the account commands read themselves."""


def reference() -> str:
    """All settings with meaning and default, one paragraph each."""
    lines = []
    for field in msgspec.structs.fields(Settings):
        meta = field.type.__metadata__[0]
        lines.append(f"{PREFIX}{field.name.upper()}={field.default}\n    {meta.description}\n")
    return "\n".join(lines)
