"""Apache Kafka in the foreground: `make kafka`, or `make kafka NODES=3`; ends with Ctrl-C, and what it held is gone."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.brokers.apache import ApacheKafka, await_brokers
from tests.brokers.jars import KafkaMissing


def main() -> None:
    """Start as many nodes as the first argument says, one if there is none, and say where they are."""
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    try:
        with tempfile.TemporaryDirectory() as folder, ApacheKafka(Path(folder), nodes=nodes) as kafka:
            asyncio.run(await_brokers(kafka.bootstrap, nodes))
            sys.stdout.write(f"OPENITEMS_TEST_BROKER={kafka.bootstrap}\n")
            sys.stdout.flush()
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except KafkaMissing as missing:
        sys.exit(f"Apache Kafka cannot run here: {missing}")


if __name__ == "__main__":
    main()
