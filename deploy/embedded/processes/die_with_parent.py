"""Runs a command that cannot outlive the process that started it.

Started as a script by its own path, so that it needs nothing but the standard library:

    python -I -S die_with_parent.py --parent PID --death-signal N [--user NAME] [--directory PATH] -- COMMAND...

It replaces itself with the command, so the command has the process id that the parent knows.
"""

import argparse
import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal the kernel sends to this process when its parent dies."""

DIRECTORY_FD = 9
"""Where the command finds the folder opened for it, as /proc/self/fd/9."""


def drop_to(user: str) -> None:
    """Become an ordinary user for good: groups first, as they cannot be changed afterwards."""
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def open_directory(path: str) -> None:
    """Open a folder while we still may, and leave it open for the command.

    The command then reaches it through /proc/self/fd although its user may not pass the folders above it.
    """
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.dup2(opened, DIRECTORY_FD, inheritable=True)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel signal us when the parent ends; end now if it already has.

    Elsewhere than on Linux there is no such promise: what is left is found by process id on the next start.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")


def run(arguments: list[str]) -> None:
    """Read the options, prepare this process, and become the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--user")
    parser.add_argument("--directory")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    if options.directory:
        open_directory(options.directory)
    if options.user:
        drop_to(options.user)
    die_with_parent(options.parent, options.death_signal)
    os.execvp(options.command[0], options.command)  # noqa: S606 - the command is the stack's own


if __name__ == "__main__":
    run(sys.argv[1:])
