"""Free TCP ports on 127.0.0.1 that stay the same over restarts."""

import json
import secrets
import socket
from collections.abc import Collection
from pathlib import Path

from deploy.embedded.errors import StackError
from deploy.embedded.folder.private_files import write_private

HOST = "127.0.0.1"
PORTS = range(20_000, 30_000)
"""Below those that systems give to outgoing connections, so that none of these is in our way on a restart."""
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether a server listens on the port now."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def free_port(taken: Collection[int] = ()) -> int:
    """Choose a port that nothing listens on, other than those already given out.

    Raises StackError if none was found in a bounded number of attempts.
    """
    for _ in range(ATTEMPTS):
        port = secrets.choice(PORTS)
        if port not in taken and is_free(port):
            return port
    raise StackError(f"no free port found between {PORTS.start} and {PORTS.stop} in {ATTEMPTS} attempts")


class PortBook:
    """The ports of one stack, written to a file so that every start uses the same ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def port(self, name: str) -> int:
        """Return the port of this name: the one it had, or a new one if that is taken by now or there was none."""
        port = self._ports.get(name)
        if port is None or not is_free(port):
            port = free_port(self._ports.values())
            self._ports[name] = port
            write_private(self._path, json.dumps(self._ports, indent=1))
        return port
