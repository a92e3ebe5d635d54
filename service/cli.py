"""The `clearway` command."""

import argparse
import asyncio
import getpass
import os
import socket
import sys
import warnings
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

from msgspec.structs import replace

from service import cli_backup, cli_doctor, cli_imports, i18n
from service.clock import utc_now
from service.commands import (
    language_of,
    needs_database,
    needs_store,
    needs_store_address,
    reaching_the_database,
    stop,
)
from service.logs import configure_logging
from service.problems import Problem
from service.settings import Settings, SettingsError, read_settings, reference

LONGER_THAN_A_PROCESS = 5.0
"""Seconds in which a web process, once its requests have ended or were cancelled, closes what it holds."""


def main() -> None:
    """Entry point; ends with status 2 for a wrong setting and 1 for anything else that failed."""
    arguments = _parser().parse_args()
    try:
        settings = read_settings(os.environ)
        configure_logging(settings.log_level, settings.name_of_replica())
        raise SystemExit(arguments.run(arguments, settings))
    except SettingsError as error:
        stop(f"setting: {error}", 2)
    except Problem as problem:
        text = i18n.find(f"problems.{problem.code}.detail", "en", **problem.parameters)
        stop(text or i18n.translate(f"problems.{problem.code}.title", "en"), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clearway", description="Hazard inspection with photo evidence.")
    parser.add_argument("--version", action="version", version=f"clearway {version('clearway')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace, Settings], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        return added

    serving = command("serve", serve, "Serve web and API.")
    serving.add_argument(
        "--workers",
        type=int,
        choices=range(1, 65),
        default=1,
        metavar="N",
        help="processes on the one port; one that dies is started again (default: 1)",
    )
    serving.add_argument("--sockets", default="", help=argparse.SUPPRESS)  # descriptors, for a process of --workers
    command("worker", worker, "Run jobs: renditions, masked pictures, sweeping.")
    migrating = command("migrate", migrate, "Bring the database to this version's schema.")
    migrating.add_argument(
        "--check",
        action="store_true",
        help="only name what is missing; ends with 3 when the database belongs to a newer version",
    )
    command("settings", show_settings, "Print every setting with its meaning and default.")
    demo = command(
        "demo", run_demo, "Serve a demo world, with an embedded database and a local store unless addresses are set."
    )
    demo.add_argument("--data", type=Path, default=Path(".clearway"), help="folder for database and photos")
    demo.add_argument("--port", type=int, default=None, help="port to listen on (default: CLEARWAY_PORT)")
    demo.add_argument("--parent", type=int, default=None, metavar="PID", help="end when this parent process ends")

    organization = command("create-organization", create_organization, "Add an organization to the tree.")
    organization.add_argument("code", help="administrative division code, such as 140302")
    organization.add_argument("name")
    organization.add_argument("--parent", help="code of the organization above")

    account = command(
        "create-account", create_account, "Add an account; CLEARWAY_PASSWORD or a prompt gives the password."
    )
    account.add_argument("account")
    account.add_argument("name")
    account.add_argument(
        "--role", action="append", required=True, metavar="ROLE@CODE", help="a role in an organization; repeatable"
    )
    password = command("set-password", set_password, "Set a new password and end every session of the account.")
    password.add_argument("account")
    disable = command("disable-account", disable_account, "Refuse the account from now on and end its sessions.")
    disable.add_argument("account")
    cli_imports.add_commands(command)
    cli_backup.add_commands(command)
    cli_doctor.add_command(command)
    return parser


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, then lets running requests finish."""
    needs_store(settings)
    if arguments.workers > 1:
        return serve_with_processes(settings, arguments.workers)
    from service.app import traced
    from service.server import run

    with traced(settings, "web"):
        run(settings, [socket.socket(fileno=int(number)) for number in arguments.sockets.split(",") if number] or None)
    return 0


def serve_with_processes(settings: Settings, count: int) -> int:
    """The same by several processes on one port."""
    if settings.store_url.startswith("s3://") and settings.s3_write_once == "single_writer":
        raise SettingsError("CLEARWAY_S3_WRITE_ONCE=single_writer means one process; leave --workers out")
    from service import web_processes
    from service.telemetry import sharing

    try:
        sockets = web_processes.bind(settings.host, settings.port)
    except OSError as error:
        stop(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}", 1)
    with sharing.shared_folder():
        return web_processes.run(
            [sys.executable, "-m", "service.cli", "serve", "--sockets"],
            sockets,
            count=count,
            grace=settings.shutdown_seconds + LONGER_THAN_A_PROCESS,
        )


def worker(_: argparse.Namespace, settings: Settings) -> int:
    """Works until SIGTERM or SIGINT, then lets running jobs finish."""
    needs_store(settings)
    import uvloop

    from service.app import answering, open_worker_context, traced
    from service.workers import worker as jobs

    async def work() -> None:
        stop = jobs.stop_on_signals()
        limit = asyncio.create_task(jobs.end_in_time(stop, settings.shutdown_seconds))
        async with open_worker_context(settings) as context, answering(settings, context):
            await jobs.run(settings.database_url, context, stop)
        limit.cancel()

    with reaching_the_database(), traced(settings, "worker"):
        uvloop.run(work())
    return 0


def migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Applies missing migrations and prints their names; only prints them with --check."""
    needs_database(settings)
    from service import migrator

    try:
        with reaching_the_database():
            if arguments.check:
                print("".join(f"{name}\n" for name in asyncio.run(migrator.missing(settings.database_url))), end="")
                return 0
            applied = asyncio.run(migrator.migrate(settings.database_url))
    except migrator.MigrationError as error:
        print(f"clearway: {error}", file=sys.stderr)
        return 3 if isinstance(error, migrator.DatabaseIsNewer) else 1
    print("\n".join(applied) or "up to date")
    return 0


def show_settings(_: argparse.Namespace, settings: Settings) -> int:
    """Prints the reference of settings."""
    print(reference())
    return 0


def run_demo(arguments: argparse.Namespace, settings: Settings) -> int:
    """Runs the demo until Ctrl-C."""
    data = arguments.data.resolve()
    settings = replace(settings, store_url=settings.store_url or (data / "store").as_uri())
    if settings.database_url:
        needs_database(settings)
    needs_store_address(settings)
    from service.demo import command

    port = settings.port if arguments.port is None else arguments.port
    language = language_of(os.environ)
    try:
        return command.run(data=data, port=port, parent=arguments.parent, settings=settings, language=language)
    except command.CannotStart as error:
        stop(str(error), 1)


def create_organization(arguments: argparse.Namespace, settings: Settings) -> int:
    """Adds an organization."""
    from service.workflows import accounts
    from service.workflows.context import Context

    async def create(context: Context) -> None:
        await accounts.create_organization(
            context,
            code=arguments.code,
            name=arguments.name,
            parent_code=arguments.parent,
            organization_id=None,
            now=utc_now(),
        )

    return _with_context(settings, create, f"organization {arguments.code} {arguments.name} added")


def create_account(arguments: argparse.Namespace, settings: Settings) -> int:
    """Adds an account with its roles."""
    from service.workflows import accounts
    from service.workflows.context import Context

    memberships = []
    for text in arguments.role:
        role, at, code = text.partition("@")
        if not at:
            raise SettingsError(f"--role {text}: write ROLE@CODE, such as inspector@140302")
        memberships.append((role, code))

    async def create(context: Context) -> None:
        await accounts.create_account(
            context,
            account=arguments.account,
            name=arguments.name,
            password=_password(),
            memberships=memberships,
            now=utc_now(),
        )

    return _with_context(settings, create, f"account {arguments.account} added: {', '.join(arguments.role)}")


def set_password(arguments: argparse.Namespace, settings: Settings) -> int:
    """Replaces a password."""
    from service.workflows import accounts
    from service.workflows.context import Context

    async def change(context: Context) -> None:
        await accounts.set_password(context, account=arguments.account, password=_password(), now=utc_now())

    done = f"password of {accounts.account_name(arguments.account)} set, every session of the account ended"
    return _with_context(settings, change, done)


def disable_account(arguments: argparse.Namespace, settings: Settings) -> int:
    """Disables an account."""
    from service.workflows import accounts
    from service.workflows.context import Context

    async def disable(context: Context) -> None:
        await accounts.disable_account(context, account=arguments.account, now=utc_now())

    done = f"account {accounts.account_name(arguments.account)} disabled, every session of it ended"
    return _with_context(settings, disable, done)


def _password() -> str:
    # Never an argument: arguments are visible to every user of the machine.
    if given := os.environ.get("CLEARWAY_PASSWORD"):
        return given
    with warnings.catch_warnings():
        # It would warn and show what is typed where there is no terminal.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass("Password: ")
        except (EOFError, getpass.GetPassWarning) as error:
            raise SettingsError("CLEARWAY_PASSWORD is missing, and there is no terminal to ask at") from error


def _with_context(settings: Settings, run: Callable[..., Awaitable[None]], done: str) -> int:
    """Runs an account command and prints what was done."""
    needs_store(settings)
    from service.app import open_context

    async def with_context() -> None:
        async with open_context(settings) as context:
            await run(context)

    with reaching_the_database():
        asyncio.run(with_context())
    print(done)
    return 0


if __name__ == "__main__":
    main()
