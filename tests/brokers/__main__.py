"""Apache Kafka in the foreground: `make kafka`, or `make kafka NODES=3`; ends with Ctrl-C, and what it held is gone."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.brokers.apache import ApacheKafka, await_brokers
from tests.brokers.jars import KafkaMissing

ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Start as many nodes as the first argument says, one if there is none, and say where they are."""
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    try:
        with tempfile.TemporaryDirectory() as folder, ApacheKafka(Path(folder), nodes=nodes) as kafka:
            asyncio.run(await_brokers(kafka.bootstrap, nodes))
            say_and_wait(f"OPENITEMS_TEST_BROKER={kafka.bootstrap}")
    except KafkaMissing as missing:
        sys.exit(f"Apache Kafka cannot run here: {missing}")


def say_and_wait(line: str) -> None:
    """Say a line, and wait for Ctrl-C.

    Who reads the line may end us at once: what comes before we wait is held until we do, and not lost where a job in
    the background ignores it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    signal.sigwait(ENDING)


if __name__ == "__main__":
    main()
