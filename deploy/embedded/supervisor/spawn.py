"""Starting the supervisor as a process that outlives the command that started it."""

import os
import subprocess
import sys

from deploy.embedded.errors import StackError
from deploy.embedded.folder.logs import log_tail
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.processes.child_environment import inherited

MODULE = "deploy.embedded.supervisor.daemon"
LOG_NAME = "supervisor"
OWNED = b"owned\n"
"""What the new supervisor writes to its standard output once the folder is its own."""


def spawn_supervisor(stack: StackFolder) -> None:
    """Start a supervisor for the folder and return when it owns it.

    Raises StackError, with the end of its log, if it does not get that far.
    """
    arguments = (sys.executable, "-m", MODULE, str(stack.root))
    descriptor = os.open(stack.log(LOG_NAME), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as log:
        spawned = subprocess.run(  # noqa: S603 - the command is ours
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            check=False,
            cwd="/",
            env=inherited(),
        )
    if spawned.stdout != OWNED:
        tail = log_tail(stack.log(LOG_NAME))
        raise StackError(f"the supervisor did not start; {stack.log(LOG_NAME)} ends with:\n{tail}")
