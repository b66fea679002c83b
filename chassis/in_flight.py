"""How much of what was published nobody may have taken yet: beyond that the relay waits, and the outbox keeps the rest.

On a topic each event waits for all that came before it, whosesoever they are; in the outbox administrations take turns.
So as little as keeps every consumer busy is on its way, and who tells one event is not behind another's thousands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.settings import KafkaSettings, ServiceName
from chassis.telemetry import metrics

log = structlog.get_logger(__name__)

IN_FLIGHT_EVENTS = 6_000
"""Most events of a relay that the slowest consumer that gets on has not taken: what it takes in a second or two."""
LOOK_SECONDS = 0.05
"""Between two looks at how far the consumers are, while the relay waits for them."""
STALLED_SECONDS = 10.0
"""A consumer that has taken nothing for so long holds up nobody: it is down, or stands still."""

Ends = Mapping[TopicPartition, int]
"""By partition, the offset after the last event: of what was published, or of what a group has taken."""


def group_of(service: str) -> str:
    """The consumer group of a service's processes."""
    return f"openitems.{service}"


GROUPS = tuple(group_of(service) for service in get_args(ServiceName))


@dataclass(slots=True)
class _Follower:
    """How far a group was when it last got on, and when that was."""

    taken: int
    moved_at: float


class InFlight:
    """What a relay has published, and how far the slowest of those is who take it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: dict[TopicPartition, int] = {}
        self._followers: dict[str, _Follower] = {}
        self._on_the_way = 0
        """At most so many: what was left at the last look, and all that was published since."""

    def add(self, ends: Ends, events: int) -> None:
        """So many events were published, up to these offsets."""
        self._ends |= ends
        self._on_the_way += events

    def has_room(self, events: int) -> bool:
        """Whether so many more may be published without another look."""
        return self._on_the_way + events <= IN_FLIGHT_EVENTS

    def look(self, taken_by: Mapping[str, Ends]) -> None:
        """Take over how far each group is; one that has taken nothing of a partition yet has no part in it."""
        lefts = [self._left(group, taken) for group, taken in taken_by.items()]
        self._on_the_way = max(lefts, default=0)
        metrics.IN_FLIGHT.set(self._on_the_way)

    def _left(self, group: str, taken: Ends) -> int:
        known = {partition: offset for partition, offset in taken.items() if offset >= 0 and partition in self._ends}
        total, now = sum(known.values()), self._clock()
        follower = self._followers.setdefault(group, _Follower(total, now))
        left = sum(max(0, self._ends[partition] - offset) for partition, offset in known.items())
        if total != follower.taken or not left:
            self._followers[group] = _Follower(total, now)
        elif now - follower.moved_at > STALLED_SECONDS:
            return 0
        return left

    @property
    def partitions(self) -> list[TopicPartition]:
        """Those partitions on which something was published, in their order."""
        return sorted(self._ends)


class Followers:
    """Asks the broker how far the groups are; open it as a context manager."""

    def __init__(self, settings: KafkaSettings, groups: tuple[str, ...] = GROUPS) -> None:
        self._settings = settings
        self._groups = groups
        self._admin: AIOKafkaAdminClient | None = None
        self._untold: set[str] = set()

    async def close(self) -> None:
        """End the connections to the broker; the next question opens them again."""
        if self._admin is not None:
            await self._admin.close()
            self._admin = None

    async def taken(self, partitions: list[TopicPartition]) -> dict[str, dict[TopicPartition, int]]:
        """By group, the offset up to which it has taken each of the partitions (-1: never any)."""
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._settings.connection())
            await admin.start()
            self._admin = admin
        found = await asyncio.gather(*(self._of_group(self._admin, group, partitions) for group in self._groups))
        return dict(zip(self._groups, found, strict=True))

    async def _of_group(
        self, admin: AIOKafkaAdminClient, group: str, partitions: list[TopicPartition]
    ) -> dict[TopicPartition, int]:
        try:
            offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
        except (KafkaError, AttributeError) as error:  # the latter is how aiokafka tells a partition's error
            if group not in self._untold:
                self._untold.add(group)
                log.warning("how far a consumer is is not known", group=group, error=f"{type(error).__name__}: {error}")
            return {}
        self._untold.discard(group)
        return {partition: known.offset for partition, known in offsets.items()}


async def wait_for_room(in_flight: InFlight, followers: Followers, events: int) -> None:
    """Return when so many more may be published; a broker that does not say how far others are holds up nobody."""
    while not in_flight.has_room(events):
        try:
            in_flight.look(await followers.taken(in_flight.partitions))
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("how far consumers are is not known", error=f"{type(error).__name__}: {error}")
            in_flight.look({})
            return
        if not in_flight.has_room(events):
            await asyncio.sleep(LOOK_SECONDS)
