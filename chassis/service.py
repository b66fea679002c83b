"""What a service is made of: declared by the service, put together by the chassis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from chassis.consuming.dead_letters import DeadLetterAllowance
from chassis.consuming.dispatch import Dispatcher
from chassis.consuming.handling import Handlers, Prepare
from chassis.consuming.subscriber import Subscriber
from chassis.consuming.waiting_retry import Sweeper
from chassis.database import Database
from chassis.jobs import Advance, EndedEarly, JobWorker
from chassis.relay import Relay, Render
from chassis.settings import ServiceName, Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running parts of a service, as its API and its background tasks see them."""

    settings: Settings
    database: Database
    dispatcher: Dispatcher
    subscriber: Subscriber
    sweeper: Sweeper
    relay: Relay
    jobs: JobWorker


Background = Callable[[Runtime], Awaitable[None]]
"""Runs until cancelled, beside the consumer: for what a service does by the clock."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, declared: the chassis does the rest.

    `migrations` are packages of .sql files, applied in this order after the chassis' own; `api` makes the service's
    routes around its running parts; `translations` are its packages that say sentences; `render` is only needed by a
    service whose outbox refers to stored facts, `prepare` by one whose handlers lock rows that its runs lock too,
    `ended_early` by one whose rows say that a run is on its way, for the kinds of runs that may fail.
    """

    name: ServiceName
    title: str
    migrations: Sequence[str]
    handlers: Handlers
    api: Callable[[Runtime], APIRouter]
    translations: Sequence[str] = ()
    jobs: Mapping[str, Advance] = field(default_factory=dict)
    ended_early: Mapping[str, EndedEarly] = field(default_factory=dict)
    render: Render | None = None
    background: Sequence[Background] = ()
    settings: type[Settings] = Settings
    prepare: Prepare | None = None


def assemble(service: Service, settings: Settings, database: Database) -> Runtime:
    """Put the parts of a service together around an open database; nothing runs yet."""
    allowance = DeadLetterAllowance(settings.dead_letters_tolerated, settings.dead_letter_share)
    dispatcher = Dispatcher(database, service.handlers, settings.service, service.prepare, allowance)
    return Runtime(
        settings=settings,
        database=database,
        dispatcher=dispatcher,
        subscriber=Subscriber(settings, dispatcher),
        sweeper=Sweeper(dispatcher, settings.wait_limit_seconds),
        relay=Relay(settings, service.render),
        jobs=JobWorker(database, service.jobs, service.ended_early, dispatcher.standstill),
    )
