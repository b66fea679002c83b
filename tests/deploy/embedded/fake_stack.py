"""A stack of small services, and a command line that starts and stops it under another account."""

import sys
from pathlib import Path

from deploy.embedded import stack
from deploy.embedded.plan import ServicePlan, StackPlan

SERVICE = Path(__file__).with_name("fake_service.py")
NAMES = ("one", "two")
TOPICS = ("item-posted", "items-matched")


def fake_service(name: str) -> ServicePlan:
    run = (sys.executable, str(SERVICE))
    return ServicePlan(name=name, run=run, migrate=(*run, "migrate"), replay=(*run, "replay"))


def fake_plan() -> StackPlan:
    return StackPlan(services=tuple(fake_service(name) for name in NAMES), topics=TOPICS, partitions=2)


def main(command: str, folder: str) -> None:
    done = stack.start(Path(folder), fake_plan()) if command == "up" else stack.stop(Path(folder))
    sys.stdout.write(done.model_dump_json())


if __name__ == "__main__":
    main(*sys.argv[1:])
