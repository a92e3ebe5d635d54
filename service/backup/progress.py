"""How far it is, for the person at the terminal or whoever reads the log of a nightly run."""

import sys
import time
from collections.abc import Callable
from typing import Final, Protocol, TextIO

from service.i18n import Language, translate

_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
ON_TERMINAL_SECONDS: Final = 0.2
IN_LOG_SECONDS: Final = 30.0


class Progress(Protocol):
    """What backing up and restoring tell of themselves. Totals are None while nobody knows them."""

    def begin(self, phase: str, objects: int | None = None, size: int | None = None) -> None:
        """A phase begins; `phase` is a key of `backups.phase`."""

    def advance(self, objects: int, size: int) -> None:
        """So many objects and bytes more are done."""

    def end(self) -> None:
        """The phase is over."""


class Lines:
    """One line that is written over on a terminal; elsewhere a plain line when a phase ends, and now and then."""

    def __init__(
        self, language: Language, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._language = language
        self._stream = stream or sys.stderr
        self._clock = clock
        self._is_terminal = self._stream.isatty()
        self._pause = ON_TERMINAL_SECONDS if self._is_terminal else IN_LOG_SECONDS
        self._phase = ""
        self._objects = self._size = 0
        self._all_objects: int | None = None
        self._all_size: int | None = None
        self._begun = self._told = 0.0

    def begin(self, phase: str, objects: int | None = None, size: int | None = None) -> None:
        """See `Progress.begin`."""
        self._phase, self._all_objects, self._all_size = phase, objects, size
        self._objects = self._size = 0
        self._begun = self._told = self._clock()

    def advance(self, objects: int, size: int) -> None:
        """See `Progress.advance`."""
        self._objects += objects
        self._size += size
        now = self._clock()
        if now - self._told >= self._pause:
            self._told = now
            self._write(self._line(now), is_last=False)

    def end(self) -> None:
        """See `Progress.end`."""
        self._write(self._line(None), is_last=True)

    def _line(self, now: float | None) -> str:
        name = translate(f"backups.phase.{self._phase}", self._language)
        done = {"phase": name, "objects": self._objects, "size": bytes_in_words(self._size)}
        seconds = None if now is None else self._seconds_left(now)
        if now is None or self._all_objects is None:
            key = "backups.done" if self._objects else "backups.done_bytes"
            return translate(key, self._language, **done)
        left = "" if seconds is None else translate("backups.left", self._language, left=time_in_words(seconds))
        total = {"all_objects": self._all_objects, "all_size": bytes_in_words(self._all_size or 0)}
        return translate("backups.so_far", self._language, **done, **total) + left

    def _seconds_left(self, now: float) -> float | None:
        passed = now - self._begun
        if self._all_size and self._size:
            return passed * max(0, self._all_size - self._size) / self._size
        if self._all_objects and self._objects:
            return passed * max(0, self._all_objects - self._objects) / self._objects
        return None

    def _write(self, line: str, *, is_last: bool) -> None:
        if self._is_terminal:
            # Carriage return, and erase to the end of the line (ECMA-48, EL).
            self._stream.write(f"\r{line}\x1b[K" + ("\n" if is_last else ""))
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


class Silent:
    """Nobody is told anything."""

    def begin(self, phase: str, objects: int | None = None, size: int | None = None) -> None:
        """See `Progress.begin`."""

    def advance(self, objects: int, size: int) -> None:
        """See `Progress.advance`."""

    def end(self) -> None:
        """See `Progress.end`."""


def bytes_in_words(size: int) -> str:
    """12.3 MB; units are powers of 1000."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 99.5 else f"{value:.1f} {_UNITS[unit]}"


def time_in_words(seconds: float) -> str:
    """0:05 or 2:07:30."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
