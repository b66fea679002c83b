"""The supervisor: one process per stack that starts everything in order and keeps it running.

PostgreSQL comes first, then roles and migrations, the broker, its topics, the services. Whatever ends is started again
after a pause that doubles from failure to failure. The broker keeps everything in memory: when it is lost, the services
are stopped, it starts empty, its topics are made, every outbox is marked unpublished, and the services start again;
their idempotence makes the repetition harmless.
"""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Mapping

import asyncpg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis.identity import ALL_ADMINISTRATIONS, Role
from deploy.embedded.broker.server import Broker
from deploy.embedded.broker.topics import create_topics
from deploy.embedded.clock import now_utc
from deploy.embedded.errors import StackError
from deploy.embedded.folder.logs import log_tail, rotate_log
from deploy.embedded.folder.ownership import StackFolder
from deploy.embedded.plan import ServicePlan, StackPlan
from deploy.embedded.postgres.databases import prepare_database, replay_outboxes
from deploy.embedded.postgres.server import Postgres
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.ports import HOST, PortBook
from deploy.embedded.supervisor.drained import are_drained, end_offsets
from deploy.embedded.supervisor.environment import Surroundings
from deploy.embedded.supervisor.readiness import is_ready
from deploy.embedded.supervisor.status_file import StatusFile
from deploy.embedded.supervisor.supervised import Backoff, Supervised, ended, exit_text
from deploy.embedded.tokens import issue_token

POSTGRES = "postgres"
BROKER = "broker"
SUPERVISOR = "supervisor"

START_LIMIT_SECONDS = 120.0
"""For PostgreSQL, which may have to recover first, and for the broker."""
MIGRATION_LIMIT_SECONDS = 300.0
"""For one service's migrations."""
SERVICE_GRACE_SECONDS = 35.0
"""More than a service gives its own last batch and its open requests."""
LOST_BROKER_GRACE_SECONDS = 1.0
"""A service whose broker is gone has nothing left to finish."""
BROKER_GRACE_SECONDS = 5.0
POSTGRES_GRACE_SECONDS = 30.0
ENDS_LIMIT_SECONDS = 5.0
UNREADY_LIMIT_SECONDS = 120.0
"""A service that runs but has not been ready for so long is started anew."""
TICK_SECONDS = 0.5
POLL_SECONDS = 0.02

PASSING_FAULTS = (StackError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

_log = logging.getLogger(__name__)


class Supervisor:
    """Runs the stack of one folder; `run` returns when it was asked to stop and nothing runs any more."""

    def __init__(self, folder: StackFolder, plan: StackPlan) -> None:
        self._folder = folder
        self._plan = plan
        self._ports = PortBook(folder.ports_file)
        self._postgres = Postgres(folder.postgres, port=self._ports.port(POSTGRES), log=folder.log(POSTGRES))
        self._broker = Broker(folder.broker, port=self._ports.port(BROKER), log=folder.log(BROKER))
        self._surroundings = Surroundings(folder, self._postgres, self._broker, plan.partitions)
        names = (POSTGRES, BROKER, *(service.name for service in plan.services))
        self._parts = {name: Supervised(name, folder.log(name)) for name in names}
        self._started_with: dict[str, tuple[int, int]] = {}
        """By service: the addresses that it was given with its environment."""
        self._is_complete = folder.take_drained()
        """Whether an empty broker lacks nothing: every event was applied, or there never was one."""
        self._is_migrated = False
        self._is_filled = False
        self._changed = asyncio.Event()
        self.status_file = StatusFile(self._surroundings, self._parts)

    async def run(self) -> None:
        """Keep the stack up until SIGTERM or SIGINT, then bring it down, services first."""
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        loop.add_signal_handler(signal.SIGCHLD, self._changed.set)
        # Whichever comes first: somebody asks for the end, or one of the two fails for good, which must not go unseen.
        work = [asyncio.create_task(self._keep_up()), asyncio.create_task(self._watch())]
        try:
            await asyncio.wait([*work, asyncio.create_task(asked.wait())], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Nothing may be started or judged any more while everything is brought down.
            for task in work:
                task.cancel()
            outcomes = await asyncio.gather(*work, return_exceptions=True)
            await self._bring_down()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _keep_up(self) -> None:
        """Bring up what is down, again and again; a fault on the way is told and tried again after a pause."""
        pause = Backoff()
        while True:
            # Cleared before the look, so that what ends during it is looked at right after.
            self._changed.clear()
            if pause.is_due(time.monotonic()):
                try:
                    await self._bring_up()
                except PASSING_FAULTS as error:
                    pause.note_failure(time.monotonic())
                    self.status_file.note_problem(str(error) or type(error).__name__)
                else:
                    pause.forget()
                    self.status_file.note_problem(None)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_SECONDS)

    async def _bring_up(self) -> None:
        """From the bottom up: each floor stands before the next is looked at, or raises what is in its way."""
        for bring_up in (self._bring_up_postgres, self._bring_up_broker, self._bring_up_services):
            self._note_exits()
            await bring_up()

    def _note_exits(self) -> None:
        for part in self._parts.values():
            if (text := part.note_exit()) is not None:
                _log.warning("%s ended: %s", part.name, text)

    async def _bring_up_postgres(self) -> None:
        """The server, then once in the supervisor's life its database, roles and migrations."""
        part = self._parts[POSTGRES]
        if not part.is_running:
            await self._due(part)
            self.status_file.say("starting PostgreSQL")
            self._postgres.port = part.port = self._ports.port(POSTGRES)
            self._postgres.launch()
            part.note_launch(self._postgres.child)
        if not part.is_ready:
            await self._ready(part, lambda: self._postgres.is_ready)
        # A database that is made just now has told nobody anything: an empty broker lacks nothing then.
        if not self._is_migrated:
            self.status_file.say("preparing the database")
            self._is_complete |= await prepare_database(
                self._postgres, [service.name for service in self._plan.services]
            )
            await asyncio.gather(*(self._migrate(service) for service in self._plan.services))
            self._is_migrated = True

    async def _bring_up_broker(self) -> None:
        """The broker, its topics, and in them what was published before: all of it is gone when the broker ends."""
        part = self._parts[BROKER]
        self._is_filled &= part.is_running
        if self._is_filled:
            return
        # Offsets begin at zero again: a service that lives on would take nothing, and mark events as published that
        # the new broker never got.
        await self._stop_services(LOST_BROKER_GRACE_SECONDS)
        if not part.is_running:
            await self._due(part)
            self.status_file.say("starting the broker")
            self._broker.port = part.port = self._ports.port(BROKER)
            self._broker.launch()
            part.note_launch(self._broker.child)
        if not part.is_ready:
            await self._ready(part, lambda: self._broker.is_ready)
        # Before the services are there: the broker makes up what is asked for, with partitions of its own choice.
        self.status_file.say("making the topics")
        await create_topics(self._broker.bootstrap, self._plan.topics, self._plan.partitions)
        if not self._is_complete:
            self.status_file.say("having the outboxes published again")
            await replay_outboxes(
                self._postgres, [service.name for service in self._plan.services if service.has_outbox]
            )
        # From here on services publish: when this broker is lost, the next one must be filled.
        self._is_complete = False
        self._is_filled = True

    async def _bring_up_services(self) -> None:
        """Each by itself: one that must pause before its next start keeps no other waiting."""
        for service in self._plan.services:
            part = self._parts[service.name]
            # A server that had to take another port: what the service was told of it is no longer true.
            if part.is_running and self._started_with[service.name] != self._surroundings.addresses:
                await part.stop(SERVICE_GRACE_SECONDS)
            # It runs but does no work, and nothing says that it will.
            if part.is_running and time.monotonic() - part.ready_or_started_at > UNREADY_LIMIT_SECONDS:
                _log.warning("%s has not been ready for %.0f s", part.name, UNREADY_LIMIT_SECONDS)
                await part.stop(SERVICE_GRACE_SECONDS)
            if not part.is_running and part.backoff.is_due(time.monotonic()):
                self._launch_service(service, part)

    def _launch_service(self, service: ServicePlan, part: Supervised) -> None:
        self.status_file.say(f"starting {service.name}")
        part.port = self._ports.port(service.name)
        part.url = f"http://{HOST}:{part.port}"
        environment = self._surroundings.service(service.name, part.port)
        child = Child(Command(service.run, part.log, environment))
        child.launch()
        part.note_launch(child)
        self._started_with[service.name] = self._surroundings.addresses
        self.status_file.publish()

    async def _due(self, part: Supervised) -> None:
        """Wait until a part may be started again."""
        await asyncio.sleep(max(0.0, part.backoff.not_before - time.monotonic()))

    async def _ready(self, part: Supervised, holds: Callable[[], bool]) -> None:
        """Wait until a part that was just started is ready. Raises StackError if it ends first or takes too long."""
        self.status_file.publish()
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not holds():
            if not part.is_running:
                raise StackError(f"{part.name} did not start; see {part.log}")
            if time.monotonic() > deadline:
                raise StackError(f"{part.name} was not ready after {START_LIMIT_SECONDS:.0f} s; see {part.log}")
            await asyncio.sleep(POLL_SECONDS)
        part.note_ready(is_ready=True)
        self.status_file.publish()

    async def _migrate(self, service: ServicePlan) -> None:
        """Bring a service's schema up to date. Raises StackError, with the end of its log, if that fails."""
        if service.migrate is None:
            return
        log = self._folder.log(service.name)
        child = Child(Command(service.migrate, log, self._surroundings.migration(service.name)))
        child.launch()
        try:
            has_ended = await ended(child, MIGRATION_LIMIT_SECONDS)
        finally:
            child.signal(signal.SIGKILL)
        if not has_ended:
            raise StackError(f"{service.name} migrate took more than {MIGRATION_LIMIT_SECONDS:.0f} s; see {log}")
        if child.exit_code != 0:
            reason = f"{service.name} migrate failed with {exit_text(child.exit_code)}; see {log}"
            raise StackError(f"{reason}, which ends with:\n{log_tail(log)}")

    async def _watch(self) -> None:
        """Find out again and again who is ready, and keep the logs within their limit."""
        services = [self._parts[service.name] for service in self._plan.services]
        while True:
            await asyncio.gather(*(self._ask(part) for part in services if part.is_running))
            self.status_file.publish()
            for log in self._folder.logs.glob("*.log"):
                rotate_log(log)
            await asyncio.sleep(TICK_SECONDS)

    async def _ask(self, part: Supervised) -> None:
        """Ask whether a service is ready; it may be another process by the time of the answer."""
        child = part.child
        answer = part.port is not None and await asyncio.to_thread(is_ready, part.port)
        if part.child is child:
            part.note_ready(is_ready=answer)

    async def _stop_services(self, grace_seconds: float) -> None:
        services = [self._parts[service.name] for service in self._plan.services]
        await asyncio.gather(*(part.stop(grace_seconds) for part in services))

    async def _bring_down(self) -> None:
        """Stop everything: services, broker, PostgreSQL; each within its grace, else by force."""
        self.status_file.note_stopping()
        ends = await self._drained_ends()
        await self._stop_services(SERVICE_GRACE_SECONDS)
        # While they stopped they may have published more, which nobody has applied.
        if ends is not None and ends == await self._ends():
            self._folder.drained_file.touch(mode=0o600)
        await self._parts[BROKER].stop(BROKER_GRACE_SECONDS)
        await self._parts[POSTGRES].stop(POSTGRES_GRACE_SECONDS)
        self.status_file.note_stopped()

    async def _drained_ends(self) -> Mapping[TopicPartition, int] | None:
        """Return how many events there are, if every service has applied all of them; else None.

        Measured before the services are asked: if there are no more once they have stopped, the broker's content is
        not needed any more.
        """
        if not (self._is_filled and all(part.is_ready for part in self._parts.values())):
            return None
        ends = await self._ends()
        ports = [self._parts[service.name].port or 0 for service in self._plan.services]
        token = issue_token(self._folder.root, SUPERVISOR, [ALL_ADMINISTRATIONS], [Role.OPERATOR], now_utc())
        return ends if await are_drained(ports, token) else None

    async def _ends(self) -> Mapping[TopicPartition, int] | None:
        try:
            async with asyncio.timeout(ENDS_LIMIT_SECONDS):
                return await end_offsets(self._broker.bootstrap, self._plan.topics, self._plan.partitions)
        except (KafkaError, OSError, TimeoutError):
            return None
