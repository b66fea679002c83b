"""Whatever of a stack is killed comes back; what its supervisor leaves behind is cleared away."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.topics import dead_letter_topic
from deploy.embedded import stack
from deploy.embedded.errors import StackError
from deploy.embedded.folder.status import StackState, StackStatus
from tests.deploy.embedded.fake_stack import NAMES, TOPICS, fake_plan, published_events

LIMIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("healing") / "stack"
    yield folder
    stack.stop(folder)


@pytest.fixture
def running(folder: Path) -> StackStatus:
    return stack.start(folder, fake_plan())


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not heal"
        time.sleep(0.05)


def kill(running: StackStatus, name: str) -> None:
    process = running.child(name).process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)


def wait_until_replaced(folder: Path, running: StackStatus, *names: str) -> StackStatus:
    """Wait until the stack is ready with other processes of these names."""

    def is_replaced() -> bool:
        now = stack.status(folder)
        return now.state is StackState.READY and all(
            now.child(name).process != running.child(name).process for name in names
        )

    wait_until(is_replaced)
    return stack.status(folder)


async def topics_of(running: StackStatus) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=running.bootstrap)
    await admin.start()
    topics = set(await admin.list_topics())
    await admin.close()
    return topics


def test_a_killed_service_is_started_again(folder: Path, running: StackStatus) -> None:
    kill(running, "one")

    healed = wait_until_replaced(folder, running, "one")

    assert healed.child("one").restarts == running.child("one").restarts + 1
    assert healed.child("one").last_exit == "killed by SIGKILL"
    assert healed.child("one").url == running.child("one").url
    assert healed.child("two").process == running.child("two").process


def test_a_killed_database_is_started_again_and_services_find_it(folder: Path, running: StackStatus) -> None:
    kill(running, "postgres")

    healed = wait_until_replaced(folder, running, "postgres")

    assert healed.database == running.database
    assert healed.child("one").is_ready


def test_a_killed_broker_is_refilled_before_the_services_start_again(folder: Path, running: StackStatus) -> None:
    kill(running, "broker")

    healed = wait_until_replaced(folder, running, "broker", *NAMES)

    assert healed.bootstrap == running.bootstrap
    assert published_events(folder) == 0
    assert {*TOPICS, *(dead_letter_topic(topic) for topic in TOPICS)} <= asyncio.run(topics_of(healed))


def test_everything_killed_at_once_comes_back(folder: Path, running: StackStatus) -> None:
    for child in running.children:
        kill(running, child.name)

    wait_until_replaced(folder, running, "postgres", "broker", *NAMES)


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_heals(folder: Path, running: StackStatus) -> None:
    assert running.supervisor is not None
    processes = psutil.Process(running.supervisor.pid).children(recursive=True)

    os.kill(running.supervisor.pid, signal.SIGKILL)

    wait_until(lambda: not [process for process in processes if process.is_running()])
    assert stack.status(folder).state is StackState.STOPPED
    healed = stack.start(folder, fake_plan())
    assert [child.port for child in healed.children] == [child.port for child in running.children]
    assert published_events(folder) == 0


def test_a_service_that_keeps_failing_is_tried_after_growing_pauses(folder: Path) -> None:
    stack.stop(folder)
    plan = fake_plan()
    failing = plan.services[1].model_copy(update={"run": ("/bin/false",)})

    with pytest.raises(StackError, match=r"two \(exit code 1; see"):
        stack.start(folder, plan.model_copy(update={"services": (plan.services[0], failing)}), limit_seconds=15)

    restarts = stack.status(folder).child("two").restarts
    assert 3 <= restarts <= 6
