"""Who waits for whom when many sign in at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from service.problems import Problem
from service.workflows.hash_turns import AT_ONCE, MAX_IN_ALL, MAX_OF_ADDRESS, HashTurns

FLOODER, SOMEBODY = ip_address("203.0.113.7"), ip_address("198.51.100.9")


class Door:
    """Tries that are hashed until they are let go."""

    def __init__(self) -> None:
        self.turns = HashTurns()
        self.hashed: list[str] = []
        self.go_on = asyncio.Event()

    async def attempt(self, address: str) -> None:
        async with self.turns.turn(ip_address(address)):
            self.hashed.append(address)
            await self.go_on.wait()

    @asynccontextmanager
    async def attempts(self, *addresses: str) -> AsyncIterator[list[asyncio.Task[None]]]:
        tasks = [asyncio.create_task(self.attempt(address)) for address in addresses]
        for _ in range(5):
            await asyncio.sleep(0)
        yield tasks
        self.go_on.set()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_flood_from_one_address_keeps_nobody_elsewhere_waiting() -> None:
    door = Door()
    async with door.attempts(*[str(FLOODER)] * 60, str(SOMEBODY)) as tasks:
        assert door.hashed == [str(FLOODER), str(SOMEBODY)]
        refused = [task.exception() for task in tasks if task.done()]
    assert len(refused) == 60 - MAX_OF_ADDRESS
    for problem in refused:
        assert isinstance(problem, Problem)
        assert (problem.code, problem.headers["Retry-After"]) == ("session.too_many_attempts", "2")
    assert len(door.hashed) == MAX_OF_ADDRESS + 1


async def test_floods_from_two_addresses_let_everybody_else_go_after_one_try_each() -> None:
    door = Door()
    other = str(ip_address("192.0.2.1"))
    async with door.attempts(*[str(FLOODER)] * MAX_OF_ADDRESS, *[other] * MAX_OF_ADDRESS, str(SOMEBODY)):
        assert len(door.hashed) == AT_ONCE
    assert str(SOMEBODY) in door.hashed[: AT_ONCE + 1]


async def test_when_all_the_world_signs_in_at_once_the_last_are_told_to_come_back() -> None:
    door = Door()
    async with door.attempts(*(f"192.0.2.{number}" for number in range(MAX_IN_ALL + 1))) as tasks:
        [task] = [task for task in tasks if task.done()]
        problem = task.exception()
    assert isinstance(problem, Problem)
    assert (problem.code, problem.headers["Retry-After"]) == ("server.not_ready", "2")
    assert len(door.hashed) == MAX_IN_ALL


async def test_whoever_was_refused_or_gave_up_can_try_again() -> None:
    door = Door()
    async with door.attempts(*[str(FLOODER)] * (MAX_OF_ADDRESS + 1)) as tasks:
        tasks[1].cancel()
    for _ in range(2 * MAX_IN_ALL):
        await door.attempt(str(FLOODER))
    with pytest.raises(ZeroDivisionError):
        async with door.turns.turn(FLOODER):
            raise ZeroDivisionError
    assert door.turns._lines == {}
