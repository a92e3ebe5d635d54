"""Subprocesses in which strangers' pictures are decoded, as a pool: what happens to one is a value for one picture.

Whatever becomes of a process (killed, crashed, out of memory, out of time), the next picture gets a fresh one.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Self

import msgspec

from service.imaging.results import Undecodable
from service.imaging.sandbox_wire import (
    LENGTH_BYTES,
    MAXIMUM_MESSAGE_BYTES,
    READY,
    Limits,
    Outcome,
    Reply,
    Step,
    Task,
    Unreadable,
    frame,
)

QUIET: Final = {"ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""One thread a process: another picture takes the other core. And no device id in anybody's home folder."""
_ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0
_REPLY: Final = msgspec.msgpack.Decoder(Reply)

Progress = Callable[[int, int], Awaitable[None]]
"""Is told step and number of steps."""


class SandboxError(Exception):
    """No process could be started: the fault is ours, not the picture's, and trying again later may help."""


class _Died(Exception):
    """The process ended before it answered; the first argument is its exit status as asyncio gives it."""


class ProcessPool:
    """At most `processes` at once, started when first needed; the one that was busy last is busy first again.

    `module` is what they run, `seconds` bounds each picture by the clock on the wall. Use it as an async context
    manager: leaving it ends all processes. Tasks beyond the number of processes wait their turn.
    """

    def __init__(self, module: str, processes: int, *, seconds: float, limits: Limits) -> None:
        self._module = module
        self._seconds = seconds
        self._limits = limits
        self._turns = asyncio.Semaphore(processes)
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        while self._idle:
            await self._idle.pop().stop()

    @property
    def process_ids(self) -> list[int]:
        """The processes that are there now."""
        return [process.id for process in (*self._idle, *self._busy) if process.is_alive]

    async def do(self, task: Task, progress: Progress | None = None) -> Outcome:
        """What comes of the task. Raises OSError when the file cannot be read, SandboxError when nothing starts."""
        async with self._turns:
            try:
                outcome = await self._do_in_a_process(task, progress)
            except _Died as first:
                if first.args[0] == -signal.SIGXCPU:
                    return Undecodable(reason="resource_limit", detail=f"more than {self._limits.cpu_seconds} s of CPU")
                # It may have been killed for reasons that have nothing to do with this picture: it gets a second try.
                try:
                    outcome = await self._do_in_a_process(task, progress)
                except _Died as second:
                    detail = f"the process ended twice, with {first.args[0]} and {second.args[0]}"
                    return Undecodable(reason="resource_limit", detail=detail)
        if isinstance(outcome, Unreadable):
            raise OSError(outcome.errno, outcome.message, task.path)
        return outcome

    async def _do_in_a_process(self, task: Task, progress: Progress | None) -> Outcome | Unreadable:
        process = await self._take()
        self._busy.add(process)
        try:
            async with asyncio.timeout(self._seconds):
                reply = await process.ask(task)
                while isinstance(reply.outcome, Step):
                    if progress is not None:
                        await progress(reply.outcome.number, reply.outcome.of)
                    reply = await process.answer()
        except TimeoutError:
            await process.kill()
            return Undecodable(reason="resource_limit", detail=f"more than {self._seconds:g} s")
        except BaseException:
            await process.kill()
            raise
        finally:
            self._busy.discard(process)
        if reply.retiring or self._is_closed:
            await process.stop()
        else:
            self._idle.append(process)
        return reply.outcome

    async def _take(self) -> "_Process":
        while self._idle:
            process = self._idle.pop()
            if process.is_alive:
                return process
            await process.stop()
        return await _Process.start(self._module, self._limits)


class _Process:
    """One process of the pool, which does one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._requests, self._replies = process, process.stdin, process.stdout

    @classmethod
    async def start(cls, module: str, limits: Limits) -> "_Process":
        """Start a process and wait until it has confined itself. Raises SandboxError when it does not get that far."""
        command = [sys.executable, "-s", "-B", "-m", module, str(os.getpid())]
        try:
            process = cls(
                await asyncio.create_subprocess_exec(
                    *command,
                    msgspec.json.encode(limits).decode(),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    cwd=_ROOT,
                    env=_environment(),
                    limit=1024 * 1024,
                    start_new_session=True,  # a Ctrl-C in the terminal is for us, who then end it in an orderly way
                )
            )
        except OSError as error:
            raise SandboxError(f"cannot start a process for pictures: {error}") from error
        try:
            async with asyncio.timeout(_START_SECONDS):
                await process._replies.readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await process.kill()
            raise SandboxError("the process for pictures did not become ready; its standard error says why") from error
        except BaseException:
            await process.kill()
            raise
        return process

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, task: Task) -> Reply:
        """Have the task done, or begun. Raises _Died when the process ends instead, or answers what is no answer."""
        try:
            self._requests.write(frame(task))
            await self._requests.drain()
        except ConnectionError as error:
            raise _Died(await self._process.wait()) from error
        return await self.answer()

    async def answer(self) -> Reply:
        """What it says next. Raises _Died as `ask` does."""
        try:
            length = int.from_bytes(await self._replies.readexactly(LENGTH_BYTES))
            if length > MAXIMUM_MESSAGE_BYTES:
                raise _Died("an answer that is too long")
            return _REPLY.decode(await self._replies.readexactly(length))
        except msgspec.MsgspecError as error:
            raise _Died("an answer that is none") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Died(await self._process.wait()) from error

    async def stop(self) -> None:
        """End a process that is at rest: it ends when its input does."""
        self._requests.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the process whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def absolute(path: Path) -> str:
    """The process works in another folder than we do."""
    return os.fspath(path.absolute())


def _environment() -> dict[str, str]:
    """Nothing of ours, least of all passwords. One heap: with several, freed memory is not given back."""
    environment = {"LANG": "C.UTF-8", "PATH": os.defpath, "MALLOC_ARENA_MAX": "1", **QUIET}
    libraries = os.environ.get("LD_LIBRARY_PATH")
    return environment if libraries is None else environment | {"LD_LIBRARY_PATH": libraries}
