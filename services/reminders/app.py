"""The declaration of reminders: its events, jobs, routes, mail and settings."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.service import Runtime, Service
from services.reminders.api import make_router
from services.reminders.consumers import handlers
from services.reminders.letters.press import Press
from services.reminders.mail.send import Mailer
from services.reminders.migrations import PACKAGES
from services.reminders.operations.emails import collect_forever, send_forever
from services.reminders.operations.issue import Issuing
from services.reminders.operations.runs import FREEZE_RUN, ISSUE_RUN, advance_freezing
from services.reminders.settings import ReminderSettings


def make_api(runtime: Runtime) -> APIRouter:
    """The routes, and the press and document store that they share with the runs."""
    settings = _settings(runtime)
    issuing = Issuing(Press(settings.letter_workers), settings.documents(), settings.house_styles, settings.law_rates)
    runtime.jobs.kinds = {**runtime.jobs.kinds, ISSUE_RUN: issuing.advance_issuing}
    return make_router(runtime, issuing)


async def send_mail(runtime: Runtime) -> None:
    """Send messages as long as the service runs, where a mail server is configured."""
    settings = _settings(runtime)
    server = settings.mail_server()
    if server is not None:
        await send_forever(runtime.database, settings.documents(), Mailer(server))


async def collect_mail(runtime: Runtime) -> None:
    """Read what comes back as long as the service runs, where a mailbox of bounces is configured."""
    settings = _settings(runtime)
    mailbox = settings.bounce_mailbox()
    if mailbox is not None:
        await collect_forever(runtime.database, mailbox, settings.bounce_seconds)


def _settings(runtime: Runtime) -> ReminderSettings:
    assert isinstance(runtime.settings, ReminderSettings), "the service is declared with these settings"
    return runtime.settings


SERVICE = Service(
    name="reminders",
    title="Reminders",
    translations=("read_model", "services.reminders"),
    migrations=PACKAGES,
    handlers=handlers(),
    api=make_api,
    jobs={FREEZE_RUN: advance_freezing},
    background=(send_mail, collect_mail),
    settings=ReminderSettings,
)
