"""`clearway import` and `clearway template`: reference data from the bureau's own tables."""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.imports import ImportCounts
from service import i18n
from service.clock import utc_now
from service.commands import needs_store, reaching_the_database
from service.domain.import_columns import KINDS
from service.i18n import Language, translate
from service.problems import Problem
from service.settings import Settings

if TYPE_CHECKING:
    from service.workflows.imports import Source

MOST_MISTAKES_PRINTED: Final = 20
_MOST_BYTES: Final = 32 * 1024 * 1024
Command = Callable[..., argparse.ArgumentParser]


def add_commands(command: Command) -> None:
    """Adds both commands to the command line."""
    bringing_in = command(
        "import",
        run_import,
        "Bring in reference data from .xlsx, .json or GeoJSON: all of it or nothing.",
    )
    bringing_in.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    bringing_in.add_argument("file", type=Path, metavar="FILE")
    bringing_in.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
    form = command("template", write_template, "Write an empty .xlsx with the columns that `import` reads.")
    form.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    form.add_argument("file", type=Path, metavar="FILE.xlsx")
    for parser in (bringing_in, form):
        parser.add_argument(
            "--language", choices=i18n.LANGUAGES, default=i18n.DEFAULT, help="of what is written (default: %(default)s)"
        )


def run_import(arguments: argparse.Namespace, settings: Settings) -> int:
    """Imports a file. 1 when nothing was written because something is wrong."""
    needs_store(settings)
    language: Language = arguments.language
    try:
        with reaching_the_database():
            return asyncio.run(_import(arguments, settings, language))
    except Problem as problem:
        return _told(problem, language)


def write_template(arguments: argparse.Namespace, settings: Settings) -> int:
    """Writes an empty sheet, over nothing that is there."""
    from service.workflows import imports

    language: Language = arguments.language
    try:
        content = imports.template(arguments.kind, language)
        try:
            with arguments.file.open("xb") as file:
                file.write(content)
        except FileExistsError as error:
            raise Problem("import.file_exists", file=str(arguments.file)) from error
        except OSError as error:
            raise Problem("import.file_unwritable", file=str(arguments.file), reason=error.strerror or "") from error
    except Problem as problem:
        return _told(problem, language)
    print(translate("imports.template_written", language, file=arguments.file))
    return 0


def _told(problem: Problem, language: Language) -> int:
    text = i18n.find(f"problems.{problem.code}.detail", language, **problem.parameters)
    title = translate(f"problems.{problem.code}.title", language)
    print(f"clearway: {text or title} ({problem.code})", file=sys.stderr)
    return 1


async def _import(arguments: argparse.Namespace, settings: Settings, language: Language) -> int:
    from service.workflows import imports

    source = imports.read(arguments.kind, arguments.file.name, _content(arguments.file))
    from service.app import open_context
    from service.database import UNMIGRATED

    async with open_context(settings) as context:
        try:
            passwords, handed_out = _passwords(
                await imports.new_accounts(context, source), arguments, bool(source.reading.mistakes)
            )
            try:
                counts = await imports.bring_in(
                    context, source, passwords=passwords, dry_run=arguments.dry_run, now=utc_now()
                )
            except Problem:
                # Nothing was written. Whatever else fails may have been written: the passwords stay.
                if handed_out is not None:
                    handed_out.unlink(missing_ok=True)
                raise
        except UNMIGRATED as error:
            raise Problem("import.database_unmigrated") from error
        except Problem as problem:
            if problem.code != "import.rows_wrong":
                raise
            return _tell_mistakes(arguments.file, source, problem, language)
    print(_summary(counts, arguments, language))
    if handed_out is not None:
        print(translate("imports.passwords_written", language, file=handed_out, accounts=len(passwords)))
    return 0


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES)
    except FileNotFoundError as error:
        raise Problem("import.file_not_found", file=str(file)) from error
    except OSError as error:
        raise Problem("import.file_unreadable", file=str(file), reason=error.strerror or "") from error


def _passwords(
    accounts: list[str], arguments: argparse.Namespace, never_written: bool
) -> tuple[dict[str, str], Path | None]:
    """A password for each account: CLEARWAY_PASSWORD, or one made by chance. Those are never printed, since what is
    printed is kept in logs and scrollbacks: they go to a file that only the operator can read. It is there before
    anything is written, so that nobody is without a password whatever happens in between.
    """
    if given := os.environ.get("CLEARWAY_PASSWORD"):
        return dict.fromkeys(accounts, given), None
    passwords = {account: secrets.token_urlsafe(12) for account in accounts}
    if not accounts or arguments.dry_run or never_written:
        return passwords, None
    file: Path = arguments.file.with_name(f"{arguments.file.stem}.passwords.txt")
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.writelines(f"{account}\t{password}\n" for account, password in passwords.items())
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError as error:
        raise Problem("import.file_exists", file=str(file)) from error
    except OSError as error:
        raise Problem("import.file_unwritable", file=str(file), reason=error.strerror or "") from error
    return passwords, file


def _tell_mistakes(file: Path, source: "Source", problem: Problem, language: Language) -> int:
    from service.workflows import imports

    mistakes = len(source.reading.mistakes)
    for line in imports.lines_of_mistakes(source, language, MOST_MISTAKES_PRINTED):
        print(line, file=sys.stderr)
    if mistakes > MOST_MISTAKES_PRINTED:
        print(translate("imports.and_more", language, mistakes=mistakes - MOST_MISTAKES_PRINTED), file=sys.stderr)
    suffix, content = imports.error_file(source, language)
    written = file.with_name(f"{file.stem}.errors{suffix}")
    _told(problem, language)
    try:
        _replace(written, content)
    except OSError as error:
        return _told(Problem("import.file_unwritable", file=str(written), reason=error.strerror or ""), language)
    print(translate("imports.errors_written", language, file=written), file=sys.stderr)
    return 1


def _replace(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with open(descriptor, "wb") as opened:
            opened.write(content)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _summary(counts: ImportCounts, arguments: argparse.Namespace, language: Language) -> str:
    key = "imports.would_be_done" if arguments.dry_run else "imports.done"
    figures = {name: getattr(counts, name) for name in counts.__struct_fields__}
    text = translate(key, language, kind=translate(f"imports.kind.{arguments.kind}", language), **figures)
    return text + (translate("imports.removed", language, **figures) if counts.removed else "")
