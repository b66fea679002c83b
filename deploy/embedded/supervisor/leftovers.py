"""Processes that outlived their supervisor.

On Linux the kernel ends them with it. Elsewhere, and in the moment before a started process has bound itself to its
parent, they are found by what the supervisor recorded: process id and time of birth, so that nobody else's process is
ever hit.
"""

import contextlib
import signal
from collections.abc import Iterable

import psutil

from deploy.embedded.folder.status import ProcessIdentity

SAME_BIRTH_SECONDS = 1.0
QUIT_GRACE_SECONDS = 5.0
KILL_GRACE_SECONDS = 5.0


def living(processes: Iterable[ProcessIdentity]) -> list[psutil.Process]:
    """Return those of the recorded processes that still live."""
    found = []
    for identity in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(identity.pid)
            is_same = abs(process.create_time() - identity.created_at) < SAME_BIRTH_SECONDS
            if is_same and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end_leftovers(processes: Iterable[ProcessIdentity]) -> int:
    """End those of the recorded processes that still live and return how many there were.

    SIGQUIT first: PostgreSQL then takes its own children along, and nothing else survives it.
    """
    left = living(processes)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, stubborn = psutil.wait_procs(left, timeout=QUIT_GRACE_SECONDS)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=KILL_GRACE_SECONDS)
    return len(left)
