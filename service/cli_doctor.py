"""`clearway doctor`."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Callable

import msgspec

from service import i18n
from service.commands import language_of, needs_database, needs_store_address
from service.doctor.findings import Finding, State, missing
from service.i18n import Language, translate
from service.settings import Settings, SettingsError

Command = Callable[..., argparse.ArgumentParser]


def add_command(command: Command) -> None:
    """Adds the command to the command line."""
    parser = command("doctor", run, "Test database, store and machine, and say in words what is missing.")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument(
        "--language", choices=i18n.LANGUAGES, default=None, help="of what is written (default: the terminal's)"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Tells everything that was found. 1 when something is missing, 0 else, warnings or not."""
    language: Language = arguments.language or language_of(os.environ)
    findings = asyncio.run(_look(settings, language, to_terminal=not arguments.json))
    worst = State.MISSING if any(finding.state is State.MISSING for finding in findings) else State.OK
    if arguments.json:
        lines = [{"code": item.code, "state": item.state.value, "text": item.text(language)} for item in findings]
        print(msgspec.json.encode({"state": worst.value, "findings": lines}).decode())
    else:
        print(translate(f"doctor.end.{worst.value}", language))
    return int(worst is State.MISSING)


async def _look(settings: Settings, language: Language, *, to_terminal: bool) -> list[Finding]:
    findings = []
    async for finding in _everything(settings):
        findings.append(finding)
        if to_terminal:
            print(f"{translate(f'doctor.state.{finding.state.value}', language)}  {finding.text(language)}", flush=True)
    return findings


async def _everything(settings: Settings) -> AsyncIterator[Finding]:
    from service.doctor import database, machine, publishing, store

    try:
        needs_database(settings)
    except SettingsError as error:
        yield missing("setting", reason=str(error))
    else:
        async for finding in database.look(settings.database_url, settings.database_connections):
            yield finding
    try:
        needs_store_address(settings)
    except SettingsError as error:
        yield missing("setting", reason=str(error))
    else:
        async for finding in store.look(settings):
            yield finding
    async for finding in machine.look(settings):
        yield finding
    for finding in publishing.look(settings):
        yield finding
