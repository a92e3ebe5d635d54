"""A child started through the launcher hears the signal that ends it, whoever started us."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from service.processes import tied


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """What a shell does to a program started with `&` where it has no job control."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("in_the_background")
@pytest.mark.parametrize("death_signal", [signal.SIGQUIT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_child_of_a_program_in_the_background_does_not_ignore_the_signal_of_its_end(death_signal: int) -> None:
    command = ["/bin/grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"]
    told = subprocess.run(tied(command, death_signal), capture_output=True, text=True, check=True).stdout
    masks = [int(line.split()[1], 16) for line in told.splitlines()]
    assert len(masks) == 2
    assert not any(mask >> (death_signal - 1) & 1 for mask in masks)
