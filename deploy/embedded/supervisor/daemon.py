"""The supervisor's process: `python -m deploy.embedded.supervisor.daemon FOLDER`, started by `spawn`."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.supervisor.leftovers import end_leftovers
from deploy.embedded.supervisor.spawn import OWNED
from deploy.embedded.supervisor.supervisor import Supervisor
from deploy.embedded.tokens import ensure_keys


def supervise(stack: StackFolder) -> None:
    """Become the supervisor of the folder; returns, in a process of its own, when the stack is down.

    Forks once more, so that whoever waits for the started process waits only until it owns the folder.
    """
    if os.fork() != 0:
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    with stack.owned():
        end_leftovers(stack.recorded_status().processes())
        ensure_keys(stack.root)
        supervisor = Supervisor(stack, stack.read_plan())
        supervisor.status_file.publish()
        _say_owned()
        asyncio.run(supervisor.run())


def _say_owned() -> None:
    """Tell the starter, and let go of its pipe: standard output goes to the log from now on."""
    os.write(sys.stdout.fileno(), OWNED)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    supervise(StackFolder(Path(sys.argv[1])))
