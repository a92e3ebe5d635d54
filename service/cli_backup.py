"""`clearway backup`, `verify-backup` and `restore`."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service import i18n
from service.backup.progress import Lines, bytes_in_words
from service.clock import utc_now
from service.commands import language_of, needs_store, reaching_the_database
from service.i18n import Language, translate
from service.problems import Problem
from service.settings import Settings
from storage import StoreError, open_store

if TYPE_CHECKING:
    from service.backup.taking import Place

MOST_KEYS_PRINTED: Final = 20
_WEEK_SECONDS: Final = 7 * 86400.0
Command = Callable[..., argparse.ArgumentParser]


def add_commands(command: Command) -> None:
    """Adds the three commands to the command line."""
    making = command(
        "backup", run_backup, "Back up database and photos into a folder; what is there is not copied anew."
    )
    making.add_argument("--keep", type=_at_least_one, default=14, metavar="N", help="snapshots to keep (default: 14)")
    making.add_argument("--no-copy", action="store_true", help="only see that the store holds every object")
    making.add_argument("--without-renditions", action="store_true", help="leave out what can be made again")
    checking = command("verify-backup", run_verification, "Read a backup and compare it with what was written.")
    checking.add_argument("--set-aside", action="store_true", help="move damaged copies out of the next backup's way")
    bringing = command("restore", run_restore, "Bring a backup into an empty database and an empty store.")
    bringing.add_argument("--store-survived", action="store_true", help="the store holds its objects; only check them")
    bringing.add_argument("--accept-missing", action="store_true", help="restore a backup that is not complete")
    for parser in (making, checking, bringing):
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup")
        parser.add_argument(
            "--language", choices=i18n.LANGUAGES, default=None, help="of what is written (default: the terminal's)"
        )
    for parser in (checking, bringing):
        parser.add_argument("--snapshot", metavar="NAME", help="one of DIR/snapshots (default: the newest)")
        parser.add_argument("--sizes-only", action="store_true", help="compare the copies' sizes and read none of them")
    for parser in (making, bringing):
        parser.add_argument("--tools", type=Path, metavar="FOLDER", help="where pg_dump, pg_restore and psql are")


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def run_backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Makes a backup. 1 when it is not complete, or not there."""
    needs_store(settings)
    return _run(arguments, lambda language: _back_up(arguments, settings, language))


def run_verification(arguments: argparse.Namespace, settings: Settings) -> int:
    """Reads a backup. 1 when it is damaged. Needs neither database nor store."""
    return _run(arguments, lambda language: _verify(arguments, language))


def run_restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Restores a backup. 1 when it was refused or failed; it may be repeated."""
    needs_store(settings)
    return _run(arguments, lambda language: _restore(arguments, settings, language))


def _run(arguments: argparse.Namespace, work: Callable[[Language], Coroutine[Any, Any, int]]) -> int:
    language: Language = arguments.language or language_of(os.environ)
    # Everything that is made is for its owner alone, whatever the shell's habit.
    os.umask(0o077)
    arguments.folder = arguments.folder.resolve()
    try:
        with reaching_the_database():
            return asyncio.run(work(language))
    except Problem as problem:
        return _told(problem, language)
    except StoreError as error:
        print(f"clearway: {error}", file=sys.stderr)
        return _told(Problem("storage.unavailable"), language)


def _told(problem: Problem, language: Language) -> int:
    text = i18n.find(f"problems.{problem.code}.detail", language, **problem.parameters)
    title = translate(f"problems.{problem.code}.title", language)
    print(f"clearway: {text or title} ({problem.code})", file=sys.stderr)
    return 1


@asynccontextmanager
async def _place(settings: Settings) -> AsyncIterator["Place"]:
    from service.backup.taking import Place
    from service.database import Database

    # Not opened by the application, which takes longer to import than a small backup takes to make.
    # The first row of a long list, and an index of many rows, take their time.
    database = await Database.connect(settings.database_url, connections=2, statement_seconds=_WEEK_SECONDS)
    try:
        store = open_store(settings.store_url, settings.s3())
        try:
            yield Place(
                database=database,
                database_url=settings.database_url,
                store=store,
                store_is_local=settings.store_url.startswith("file:"),
            )
        finally:
            await store.close()
    finally:
        await database.close()


async def _back_up(arguments: argparse.Namespace, settings: Settings, language: Language) -> int:
    from service.backup import snapshot, taking

    wishes = taking.Wishes(
        copy=not arguments.no_copy,
        renditions=not arguments.without_renditions,
        keep=arguments.keep,
        tools=arguments.tools,
    )
    async with _place(settings) as place:
        taken = await taking.take(
            place, arguments.folder, wishes, Lines(language), version=version("clearway"), now=utc_now()
        )
    file = snapshot.folder_of_snapshots(arguments.folder) / taken.name / snapshot.SNAPSHOT
    _print_keys("backups.missing", taken.missing, file, language)
    if taken.withdrawn:
        print(translate("backups.withdrawn", language, count=len(taken.withdrawn)))
    if taken.renditions_missing:
        print(translate("backups.renditions_missing", language, count=len(taken.renditions_missing)))
    figures = {"name": taken.name, "objects": taken.objects, "size": bytes_in_words(taken.bytes)}
    if taken.is_complete:
        print(translate("backups.taken", language, **figures))
        return 0
    print(translate("backups.taken_incomplete", language, name=taken.name, missing=len(taken.missing)), file=sys.stderr)
    return 1


def _print_keys(key: str, names: list[str], file: Path, language: Language) -> None:
    for name in names[:MOST_KEYS_PRINTED]:
        print(translate(key, language, key=name), file=sys.stderr)
    if (more := len(names) - MOST_KEYS_PRINTED) > 0:
        print(translate("backups.and_more", language, count=more, file=file), file=sys.stderr)


async def _verify(arguments: argparse.Namespace, language: Language) -> int:
    from service.backup.pool import Pool
    from service.backup.verifying import verify

    verified = await verify(arguments.folder, arguments.snapshot, Lines(language), sizes_only=arguments.sizes_only)
    _print_keys("backups.missing", verified.damaged, arguments.folder, language)
    if verified.damaged and arguments.set_aside:
        pool = Pool(arguments.folder)
        for key in verified.damaged:
            pool.set_aside(key)
        print(translate("backups.set_aside", language, count=len(verified.damaged)), file=sys.stderr)
    verified.require_whole(arguments.folder)
    found = verified.snapshot
    kind = "verified_sizes" if arguments.sizes_only else "verified"
    print(
        translate(
            f"backups.{kind if found.objects_copied else 'verified_without_copies'}",
            language,
            name=found.name,
            objects=found.objects,
            size=bytes_in_words(found.bytes),
        )
    )
    return 0


async def _restore(arguments: argparse.Namespace, settings: Settings, language: Language) -> int:
    from service.backup import restoring, snapshot

    choices = restoring.Choices(
        snapshot=arguments.snapshot,
        store_survived=arguments.store_survived,
        accept_missing=arguments.accept_missing,
        sizes_only=arguments.sizes_only,
        tools=arguments.tools,
    )
    async with _place(settings) as place:
        restored = await restoring.restore(place, arguments.folder, choices, Lines(language))
    found = restored.snapshot
    figures = {"name": found.name, "brought": restored.brought, "event": found.last_event_id}
    lines = [translate("backups.restored", language, **figures)]
    if found.missing:
        lines.append(translate("backups.accepted_missing", language, count=len(found.missing)))
    if restored.again:
        lines.append(translate("backups.render_again", language, count=restored.again))
    if restored.unmigrated:
        lines.append(translate("backups.migrate", language))
    taken_at = found.taken_at.isoformat(timespec="seconds")
    if found.published_cases:
        file = restored.place / snapshot.PUBLISHED
        lines.append(translate("backups.public", language, count=found.published_cases, file=file, taken_at=taken_at))
    lines += [translate("backups.doubtful", language, slug=slug) for slug in restored.doubtful]
    lines.append(translate("backups.since", language, taken_at=taken_at))
    print("\n".join(lines))
    return 0
