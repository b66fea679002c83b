"""Processes of a running stack, killed from outside: one, or each in turn while something else goes on."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from deploy.embedded import stack
from deploy.embedded.folder.status import StackState, StackStatus

HEAL_LIMIT_SECONDS = 90.0
AT_WORK_SECONDS = 1.0


def kill(folder: Path, name: str) -> None:
    process = stack.status(folder).child(name).process
    if process is not None:
        os.kill(process.pid, signal.SIGKILL)


def wait_until_whole(folder: Path) -> StackStatus:
    deadline = time.monotonic() + HEAL_LIMIT_SECONDS
    while (now := stack.status(folder)).state is not StackState.READY:
        assert time.monotonic() < deadline, f"not whole again: {now}"
        time.sleep(0.1)
    return now


@contextmanager
def killing_each_once(folder: Path, began: Path) -> Iterator[list[str]]:
    """From when `began` is there, kill each process once, the next when the last one is back; gives the killed."""
    killed: list[str] = []
    enough = Event()
    thread = Thread(target=_kill_in_turn, args=(folder, began, enough, killed))
    thread.start()
    try:
        yield killed
    finally:
        enough.set()
        thread.join()


def _kill_in_turn(folder: Path, began: Path, enough: Event, killed: list[str]) -> None:
    while not began.exists():
        if enough.wait(AT_WORK_SECONDS):
            return
    for child in stack.status(folder).children:
        kill(folder, child.name)
        killed.append(child.name)
        while not enough.wait(AT_WORK_SECONDS) and stack.status(folder).state is not StackState.READY:
            pass
