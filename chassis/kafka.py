"""How the broker is reached: FastStream's security object, producers, and the partition of a key."""

from __future__ import annotations

from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from chassis.settings import KafkaSettings
from contracts.event import MAX_EVENT_BYTES

REQUEST_TIMEOUT_MS = 20_000
LINGER_MS = 2
MAX_BATCH_BYTES = MAX_EVENT_BYTES + 64 * 1024
"""A batch holds at least one largest event with its headers, and stays below the broker's one megabyte."""


@lru_cache(maxsize=16_384)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every Kafka client chooses it: murmur2, positive, modulo."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def faststream_security(settings: KafkaSettings) -> BaseSecurity | None:
    """FastStream's description of the connection; None for a plain one."""
    connection = settings.connection()
    context = connection.get("ssl_context")
    if "sasl_mechanism" not in connection:
        return BaseSecurity(ssl_context=context) if context else None
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    return kinds[settings.sasl_mechanism](
        username=connection["sasl_plain_username"],
        password=connection["sasl_plain_password"],
        ssl_context=context,
        use_ssl=context is not None,
    )


def new_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """A producer that acknowledges a record only when all in-sync replicas have it."""
    return AIOKafkaProducer(
        acks="all",
        enable_idempotence=settings.idempotence,
        compression_type=None if settings.compression == "none" else settings.compression,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        linger_ms=LINGER_MS,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=MAX_BATCH_BYTES,
        **settings.connection(),
    )
