"""Every Prometheus metric of every service, with its meaning; alert on the ones that say so.

Labels are bounded by our own code (topics, routes, outcomes, codes): never a key, an employee or an administration.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# --- consuming ---------------------------------------------------------------------------------

EVENTS = Counter(
    "openitems_events_total",
    "Events taken from the broker, by what became of them: applied (duplicates too), waiting, dead.",
    ("outcome",),
    registry=REGISTRY,
)
OTHER_KEYS = Counter(
    "openitems_other_keys_total",
    "Events whose record has another key than their contract says: they are taken by what they say, and in their order "
    "only as far as their sender's keys keep it.",
    ("topic",),
    registry=REGISTRY,
)
OTHER_PARTITIONS = Counter(
    "openitems_other_partitions_total",
    "Stretches of events whose first is on another partition than its key's: their sender has another partitioner "
    "than ours (murmur2).",
    ("topic",),
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "openitems_batch_seconds",
    "One partition's share of a batch, from its first statement to its commit.",
    registry=REGISTRY,
    buckets=_SECONDS,
)
BATCH_RETRIES = Counter(
    "openitems_batch_retries_total",
    "Batches that failed and are delivered again. Alert when it keeps growing: the service makes no progress.",
    registry=REGISTRY,
)
BATCHES_CUT = Counter(
    "openitems_batches_cut_total",
    "Batches of which a statement, or a lock that it waited for, took too long: the first half comes next. Alert when "
    "it keeps growing: something does not scale.",
    registry=REGISTRY,
)
STILL_LANES = Gauge(
    "openitems_partition_still_seconds",
    "Partition numbers of which something is to be applied and nothing was for minutes: since when. Alert above zero.",
    ("partition",),
    registry=REGISTRY,
)
CONSUMER_LAG = Gauge(
    "openitems_consumer_lag_events",
    "Events in the partition that are not committed yet. Alert when it grows for long: commit errors show only here.",
    ("topic", "partition"),
    registry=REGISTRY,
)
WAITING_EVENTS = Gauge(
    "openitems_waiting_events",
    "Events that wait for something they refer to. Alert when it does not come down.",
    registry=REGISTRY,
)
DEAD_LETTERS = Gauge(
    "openitems_dead_letters",
    "Events put aside and neither retried nor dropped yet. Alert above zero.",
    registry=REGISTRY,
)

FAULTS = Counter(
    "openitems_own_faults_total",
    "Failures of our own code or schema, by what failed: lane, waiting, run, background. Alert above zero: only a "
    "mended version helps.",
    ("part",),
    registry=REGISTRY,
)
STANDING_STILL = Gauge(
    "openitems_standing_still",
    "Lanes, waiting events and runs that do not get on because of a fault of ours, or of too many dead letters. Alert "
    "above zero.",
    ("part",),
    registry=REGISTRY,
)

# --- publishing --------------------------------------------------------------------------------

OUTBOX_UNPUBLISHED = Gauge(
    "openitems_outbox_unpublished_events",
    "Events committed here that the broker has not confirmed. Alert when it does not come down.",
    registry=REGISTRY,
)
OUTBOX_PUBLISHED = Counter(
    "openitems_outbox_published_total", "Events that the broker confirmed.", ("topic",), registry=REGISTRY
)

IN_FLIGHT = Gauge(
    "openitems_relay_in_flight_events",
    "Events of this relay that the slowest consumer that gets on has not taken, when the relay last had to look.",
    registry=REGISTRY,
)

# --- jobs --------------------------------------------------------------------------------------

JOB_CHUNKS = Counter(
    "openitems_job_chunks_total",
    "Chunks of long runs, by kind and outcome: done, refused (the run ends), failed (it is tried again). "
    "Alert when failed keeps growing.",
    ("kind", "outcome"),
    registry=REGISTRY,
)
JOB_CHUNK_SECONDS = Histogram(
    "openitems_job_chunk_seconds", "One chunk of a long run.", ("kind",), registry=REGISTRY, buckets=_SECONDS
)

# --- HTTP --------------------------------------------------------------------------------------

HTTP_REQUESTS = Counter(
    "openitems_http_requests_total",
    "Answered requests; `route` is the template, or `unknown`. Alert on 5xx.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "openitems_http_request_seconds",
    "From the first byte of the request to the last of the answer, exports included.",
    ("method", "route"),
    registry=REGISTRY,
    buckets=_SECONDS,
)
HTTP_IN_PROGRESS = Gauge("openitems_http_requests_in_progress", "Requests being answered now.", registry=REGISTRY)
HTTP_REPLAYS = Counter(
    "openitems_http_idempotent_replays_total",
    "Commands answered from the stored outcome of the same Idempotency-Key.",
    registry=REGISTRY,
)
READY = Gauge("openitems_ready", "1 when the check passed at its last run, else 0.", ("check",), registry=REGISTRY)


def exposition() -> bytes:
    """All metrics, and those of the process (memory, CPU, open files), in Prometheus' text format."""
    process = CollectorRegistry()
    ProcessCollector(registry=process)
    return generate_latest(REGISTRY) + generate_latest(process)
