"""What comes back of reminders by e-mail is recorded at them."""

import asyncio
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from services.reminders.documents.folder import FolderStore
from services.reminders.mail.send import Mailer
from services.reminders.operations.emails import collect_bounces, send_next
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import NOW
from tests.services.reminders.mail.mailboxes import mailbox_server
from tests.services.reminders.mail.serving import Authority, serving
from tests.services.reminders.messages import (
    BOUNCE,
    LATER,
    bounced_with,
    hand_in,
    only,
    send_all,
    sent_message,
    with_a_queued_message,
)
from tests.support.patience import until


async def test_a_message_that_comes_back_is_recorded_at_its_reminder(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)
    message_id = await sent_message(reminders, tmp_path)

    answer = await bounced_with(reminders, BOUNCE.format(message_id=message_id))

    assert answer["status"] == "5.1.1"
    (bounced,) = (await reminders.desk.read("emails", state="bounced"))["items"]
    assert "no such mailbox" in bounced["reply"]


async def test_a_notification_is_handed_in_as_a_command_with_a_key_of_its_own(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)
    report = BOUNCE.format(message_id=await sent_message(reminders, tmp_path))

    keyless = await hand_in(reminders, report, key="")
    first = await hand_in(reminders, report)
    again = await hand_in(reminders, report)
    other = await hand_in(reminders, report.replace("550 5.1.1", "552 5.2.2"))

    assert (keyless.status_code, "idempotency-key" in keyless.text) == (422, True)
    assert first.json() == again.json()
    assert (first.headers.get("idempotent-replay"), again.headers["idempotent-replay"]) == (None, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_bounces_in_the_mailbox_are_recorded_once_and_others_are_passed_over(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)
    message_id = await sent_message(reminders, tmp_path)
    foreign = BOUNCE.format(message_id="<reminder.00000000-0000-4000-8000-000000000000@bib.example>")

    async with mailbox_server(Authority.made_in(tmp_path)) as postbox:
        await postbox.deliver(foreign.encode(), BOUNCE.format(message_id=message_id).encode())
        for _ in range(2):
            await collect_bounces(reminders.runtime.database, postbox.mailbox, NOW)
        once = (await reminders.desk.read("emails", state="bounced"))["items"]
        await collect_bounces(reminders.runtime.database, postbox.mailbox, LATER)

    (bounced,) = (await reminders.desk.read("emails", state="bounced"))["items"]
    assert [bounced] == once
    assert "no such mailbox" in bounced["reply"]
    assert bounced["bounced_at"] == "2026-11-22T09:00:00Z"


async def test_a_message_that_is_late_stays_sent_and_says_why(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)
    message_id = await sent_message(reminders, tmp_path)
    late = BOUNCE.format(message_id=message_id).replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1")

    answer = await bounced_with(reminders, late)

    (sent,) = (await reminders.desk.read("emails", state="sent"))["items"]
    assert (answer["state"], "4.4.1" in sent["reply"], sent["bounced_at"]) == ("delayed", True, None)


async def test_bounces_go_to_the_return_path_and_answers_to_the_sender(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(replace(server, return_path="bounces@bib.example")) as mailer:
            await send_all(reminders, mailer)

    assert inbox.senders == ["bounces@bib.example"]
    assert message_from_bytes(only(inbox), policy=default)["From"].addresses[0].addr_spec == "post@bib.example"


async def test_a_message_that_comes_back_before_its_sending_is_noted_is_recorded(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)
    store = FolderStore(reminders.documents)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        inbox.thinks_seconds = 1.0
        async with Mailer(server) as mailer:
            sending = asyncio.create_task(send_next(reminders.runtime.database, store, mailer, LATER))
            await until(lambda: bool(inbox.messages), "the server has the message")
            message_id = message_from_bytes(only(inbox), policy=default)["Message-ID"]
            await bounced_with(reminders, BOUNCE.format(message_id=message_id))
            await sending

    (bounced,) = (await reminders.desk.read("emails"))["items"]
    assert (bounced["state"], bounced["attempts"], bounced["sent_at"] is not None) == ("bounced", 1, True)
    assert "no such mailbox" in bounced["reply"]
