"""Apache Kafka itself: one node or more in KRaft mode, each a process of ours with its data in one folder."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.embedded.folder.logs import log_tail
from deploy.embedded.folder.private_files import private_folder
from deploy.embedded.processes.child import Child, Command
from deploy.embedded.processes.ports import HOST, accepts, free_port
from tests.brokers.jars import find_jars, find_java

CLUSTER_ID = "b3Blbml0ZW1zLXRlc3RzMA"
START_LIMIT_SECONDS = 90.0
START_ATTEMPTS = 3
PORT_TAKEN = "Address already in use"
STOP_GRACE_SECONDS = 20.0
FORMAT_LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.1
MOST_IN_SYNC = 2
JVM = (
    *("-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
"""Small, quick to start, and quiet."""

FIXED = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "group.min.session.timeout.ms": "1000",
    "controlled.shutdown.enable": "true",
    "replica.lag.time.max.ms": "5000",
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
}


@dataclass(frozen=True, slots=True)
class Secured:
    """How clients are let in: TLS with this certificate, SCRAM with these passwords, and ACLs for all but one."""

    keystore: Path
    authority: Path
    passwords: dict[str, str] = field(repr=False)
    administrator: str


class Node:
    """One broker that is also a controller."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = private_folder(folder.resolve())
        self.port = free_port()
        self.controller_port = free_port()
        self.log = self.folder / "kafka.log"
        self.properties = self.folder / "server.properties"
        self.child = Child(self.command("kafka.Kafka", str(self.properties)))

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"{HOST}:{self.port}"

    def command(self, program: str, *arguments: str) -> Command:
        """A program of Kafka's, on this node's log."""
        return Command(
            arguments=(find_java(), *JVM, "-cp", f"{find_jars()}/*", program, *arguments),
            log=self.log,
            environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        )

    def launch(self) -> None:
        """Start it, and return at once."""
        self.child = Child(self.command("kafka.Kafka", str(self.properties)))
        self.child.launch()

    def lacks_its_port(self) -> bool:
        """Whether it ended because somebody else has its port."""
        return not self.child.is_running and PORT_TAKEN in self.log.read_text("utf-8", errors="replace")

    def take_other_ports(self) -> None:
        """Begin anew on other ports, with nothing stored and nothing in its log."""
        self.port, self.controller_port = free_port(), free_port()
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.child.signal(signal.SIGKILL)
        self.child.wait(STOP_GRACE_SECONDS)


class ApacheKafka:
    """A cluster on this machine, listening on 127.0.0.1 only.

    with ApacheKafka(tmp_path) as kafka:
        await create_topics(kafka.bootstrap, TOPICS, partitions=4)
    """

    def __init__(self, folder: Path, *, nodes: int = 1, secured: Secured | None = None) -> None:
        find_java()
        find_jars()
        self.secured = secured
        self.nodes = [Node(number, folder / f"node-{number}") for number in range(1, nodes + 1)]

    @property
    def bootstrap(self) -> str:
        """What Kafka clients call the bootstrap servers."""
        return ",".join(node.address for node in self.nodes)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the storage where there is none, start every node, and wait until all take connections.

        A port that was free when it was chosen may be taken by the time a node wants it: then all get other ones.
        """
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self._start_on_its_ports()
            except TimeoutError:
                if attempt == START_ATTEMPTS or not any(node.lacks_its_port() for node in self.nodes):
                    raise
                for node in self.nodes:
                    node.take_other_ports()
            else:
                return

    def _start_on_its_ports(self) -> None:
        for node in self.nodes:
            self._write_properties(node)
        self._format()
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            self.await_node(node)

    def await_node(self, node: Node) -> None:
        """Wait until a launched node takes connections. Raises TimeoutError with the end of its log."""
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not accepts(node.port):
            if not node.child.is_running or time.monotonic() > deadline:
                self.stop()
                raise TimeoutError(f"Kafka did not start; {node.log} ends with:\n{log_tail(node.log)}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop every node in good order."""
        for node in self.nodes:
            if node.child.is_running:
                node.child.ask_to_stop()
        for node in self.nodes:
            node.child.stop(STOP_GRACE_SECONDS)

    def _format(self) -> None:
        formatting = [
            subprocess.Popen(
                [*node.command("kafka.tools.StorageTool", *self._format_arguments(node)).arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for node in self.nodes
            if not (node.folder / "data" / "meta.properties").exists()
        ]
        for process in formatting:
            output, _ = process.communicate(timeout=FORMAT_LIMIT_SECONDS)
            if process.returncode != 0:
                raise RuntimeError(f"Kafka's storage could not be made: {output.decode(errors='replace')[-800:]}")

    def _format_arguments(self, node: Node) -> list[str]:
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(node.properties)]
        for name, password in (self.secured.passwords if self.secured else {}).items():
            arguments += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        return arguments

    def _write_properties(self, node: Node) -> None:
        replicas = str(len(self.nodes))
        in_sync = str(min(MOST_IN_SYNC, len(self.nodes)))
        voters = ",".join(f"{other.number}@{HOST}:{other.controller_port}" for other in self.nodes)
        values = FIXED | {
            "node.id": str(node.number),
            "controller.quorum.voters": voters,
            "log.dirs": str(node.folder / "data"),
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
        }
        values |= self._listeners(node)
        node.properties.touch(mode=0o600)
        node.properties.write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    def _listeners(self, node: Node) -> dict[str, str]:
        clients = "CLIENTS"
        protocol = "SASL_SSL" if self.secured else "PLAINTEXT"
        values = {
            "listeners": f"{clients}://{node.address},CONTROLLER://{HOST}:{node.controller_port}",
            "listener.security.protocol.map": f"{clients}:{protocol},CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": clients,
        }
        if self.secured is None:
            return values
        who, password = self.secured.administrator, self.secured.passwords[self.secured.administrator]
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return values | {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            f"listener.name.{clients.lower()}.scram-sha-512.sasl.jaas.config": (
                f'{module} required username="{who}" password="{password}";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.secured.keystore),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.secured.authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controllers' own listener has no principals; it is reached from this machine only.
            "super.users": f"User:{who};User:ANONYMOUS",
        }


async def await_brokers(bootstrap: str, count: int, **connection: Any) -> None:
    """Wait until so many brokers are members of the cluster. Raises TimeoutError past START_LIMIT_SECONDS."""
    async with asyncio.timeout(START_LIMIT_SECONDS):
        while True:
            client = AIOKafkaClient(bootstrap_servers=bootstrap, **connection)
            try:
                await client.bootstrap()
                if len(client.cluster.brokers()) >= count:
                    return
            except (KafkaError, OSError):
                pass
            finally:
                await client.close()
            await asyncio.sleep(POLL_SECONDS)
