"""Child processes which never outlive the process that started them, not even after `kill -9`.

Linux only. Two ways in: a Python program of ours calls `die_with_parent()` first thing; any other program is started
through `tied()`, which runs this file as a small launcher that arranges everything and then becomes the program. The
launcher replaces `preexec_fn`, which may deadlock where the starting process has threads, and about which Python 3.12
warns. It is started with `-I -S`, so it imports nothing but the standard library and stays quick.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

CANNOT_START = 125
"""Exit status of the launcher when it could not become what it was asked to be; the reason is on its standard error."""

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000


def die_with_parent(death_signal: int, parent: int | None = None) -> None:
    """Have the kernel send us `death_signal` when the process that started us ends, however it ends.

    `parent` is the id of that process, from itself; it closes the gap in which the parent ends before this call.
    Without it the parent is whoever it is now. The kernel watches the *thread* that started us, so a parent must start
    its children from a thread that lives as long as they should (the main thread, for one).

    Raises SystemExit when `parent` has already ended (or is not our parent).
    """
    expected = os.getppid() if parent is None else parent
    _call_libc("prctl", _PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != expected:
        raise SystemExit(f"process {expected}, which was to be our parent, has ended")


def tied(command: Sequence[str], death_signal: int, *, become: str = "") -> list[str]:
    """Return the command line that runs `command` as a child which gets `death_signal` when this process ends.

    The process id of the child stays that of the program. `become` chooses who the program is: "" keeps us;
    "map:UID:GID" puts it into a user namespace where our own user is called UID and has no privileges;
    "user:UID:GID" makes it that user. What is refused ends the launcher with CANNOT_START.
    """
    launcher = [sys.executable, "-I", "-S", os.path.abspath(__file__)]
    return [*launcher, str(os.getpid()), str(int(death_signal)), become, *command]


def _call_libc(function: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*map(ctypes.c_ulong, arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _enter_user_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _call_libc("unshare", _CLONE_NEWUSER)
    # user_namespaces(7): a process maps its own group only after it gave up setgroups(2).
    maps = {"setgroups": "deny", "uid_map": f"{uid} {outside_uid} 1", "gid_map": f"{gid} {outside_gid} 1"}
    for name, text in maps.items():
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _become(identity: str) -> None:
    if not identity:
        return
    kind, uid, gid = identity.split(":")
    if kind == "map":
        _enter_user_namespace(int(uid), int(gid))
    else:
        os.setgroups([])
        os.setresgid(int(gid), int(gid), int(gid))
        os.setresuid(int(uid), int(uid), int(uid))


def _launch(parent: str, death_signal: str, identity: str, *command: str) -> None:
    try:
        _become(identity)
        # A shell has what it starts in the background ignore SIGINT and SIGQUIT, and what is ignored stays so: the wish
        # would be lost until the program has installed its own handlers.
        if int(death_signal) != signal.SIGKILL:
            signal.signal(int(death_signal), signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [int(death_signal)])
        # Last, because the kernel forgets the wish when a process changes its user.
        die_with_parent(int(death_signal), int(parent))
        # Python ignores these two, and an ignored signal stays ignored in the program that replaces us.
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        print(f"cannot start {command[0]} as {identity or 'ourselves'}: {error}", file=sys.stderr, flush=True)
        os._exit(CANNOT_START)


if __name__ == "__main__":
    _launch(*sys.argv[1:])
