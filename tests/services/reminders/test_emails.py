"""Reminders by e-mail: each sent once to a real server on loopback, and what comes back is recorded."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from chassis.database import open_database
from chassis.errors import Retry
from services.reminders.documents.folder import FolderStore
from services.reminders.mail.send import Mailer
from services.reminders.operations.emails import collect_bounces, send_forever, send_next
from services.reminders.store import emails
from tests.patience import until
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import NOW, SENDER, configured, party, posted
from tests.services.reminders.mail.mailboxes import mailbox_server
from tests.services.reminders.mail.serving import Authority, Inbox, serving

LATER = NOW + timedelta(days=3650)
"""Later than any pause before another attempt."""
BOUNCE = """\
From: MAILER-DAEMON@mx.example.org
To: post@bib.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This mailbox is gone.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; lotte@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such mailbox

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--b--
"""


async def with_a_queued_message(reminders: Reminders) -> None:
    await reminders.take(configured(sender={**SENDER, "email": "post@bib.example"}))
    await reminders.take(party(channel="e-mail", email="lotte@example.org"), posted())
    await reminders.remind()


async def sent_message(reminders: Reminders, folder: Path) -> str:
    """Send what is queued; the Message-ID of the one that arrived."""
    with serving(Authority.made_in(folder)) as (server, inbox):
        async with Mailer(server) as mailer:
            await send_all(reminders, mailer)
    return str(message_from_bytes(only(inbox), policy=default)["Message-ID"])


async def hand_in(reminders: Reminders, report: str, key: str = "a-notification") -> Response:
    """Hand a notification in by hand, whatever comes of it."""
    return await reminders.client.post(
        "/v1/administrations/bib-gent/bounces",
        content=report.replace("\n", "\r\n").encode(),
        headers=reminders.headers() | {"content-type": "message/rfc822"} | ({"idempotency-key": key} if key else {}),
    )


async def bounced_with(reminders: Reminders, report: str) -> dict[str, Any]:
    """Hand a notification in by hand; the answer."""
    answer = await hand_in(reminders, report)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def only(inbox: Inbox) -> bytes:
    (message,) = inbox.messages
    return message


async def send_all(reminders: Reminders, mailer: Mailer) -> int:
    sent = 0
    while await send_next(reminders.runtime.database, FolderStore(reminders.documents), mailer, LATER):
        sent += 1
    return sent


async def test_a_reminder_is_sent_once_with_its_letter(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)
    (issued,) = await reminders.published("reminder-issued")

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            attempts = [await send_all(reminders, mailer), await send_all(reminders, mailer)]

    assert attempts == [1, 0]
    (message,) = inbox.messages
    (attached,) = message_from_bytes(message, policy=default).iter_attachments()
    (stored,) = list(reminders.documents.rglob(issued.document.sha256))
    assert attached.get_content() == stored.read_bytes()
    (state,) = (await reminders.get("emails", state="sent"))["items"]
    assert (state["recipient"], state["attempts"]) == ("lotte@example.org", 1)


async def test_a_passing_fault_is_tried_again_and_a_lasting_one_is_reported(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        inbox.answers = ["451 busy"]
        inbox.refuse_recipient = {}
        async with Mailer(server) as mailer:
            await send_next(reminders.runtime.database, FolderStore(reminders.documents), mailer, LATER)
            (queued,) = (await reminders.get("emails", state="queued"))["items"]
            inbox.refuse_recipient = {"lotte@example.org": "550 no such mailbox"}
            later = LATER + timedelta(days=1)
            await send_next(reminders.runtime.database, FolderStore(reminders.documents), mailer, later)

    assert (queued["attempts"], "451" in queued["reply"]) == (1, True)
    (refused,) = (await reminders.get("emails", state="refused"))["items"]
    assert "550" in refused["reply"]


async def test_a_message_that_comes_back_is_recorded_at_its_reminder(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)
    message_id = await sent_message(reminders, tmp_path)

    answer = await bounced_with(reminders, BOUNCE.format(message_id=message_id))

    assert answer["status"] == "5.1.1"
    (bounced,) = (await reminders.get("emails", state="bounced"))["items"]
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
        once = (await reminders.get("emails", state="bounced"))["items"]
        await collect_bounces(reminders.runtime.database, postbox.mailbox, LATER)

    (bounced,) = (await reminders.get("emails", state="bounced"))["items"]
    assert [bounced] == once
    assert "no such mailbox" in bounced["reply"]
    assert bounced["bounced_at"] == "2026-11-22T09:00:00Z"


async def test_a_message_that_is_late_stays_sent_and_says_why(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)
    message_id = await sent_message(reminders, tmp_path)
    late = BOUNCE.format(message_id=message_id).replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1")

    answer = await bounced_with(reminders, late)

    (sent,) = (await reminders.get("emails", state="sent"))["items"]
    assert (answer["state"], "4.4.1" in sent["reply"], sent["bounced_at"]) == ("delayed", True, None)


async def test_a_message_whose_bytes_are_lost_is_given_up_and_the_next_is_sent(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)
    (queued,) = await reminders.rows("SELECT message_sha256 FROM reminder_email")
    for lost in reminders.documents.rglob(queued["message_sha256"]):
        lost.unlink()
    await reminders.take(party("P2", channel="e-mail", email="noor@example.org"), posted("I2", party_id="P2"))
    await reminders.remind({"parties": ["P2"]})

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            await send_all(reminders, mailer)

    assert len(inbox.messages) == 1
    (given_up,) = (await reminders.get("emails", state="given-up"))["items"]
    assert "document store has nothing" in given_up["reply"]


async def test_bounces_go_to_the_return_path_and_answers_to_the_sender(reminders: Reminders, tmp_path: Path) -> None:
    await with_a_queued_message(reminders)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(replace(server, return_path="bounces@bib.example")) as mailer:
            await send_all(reminders, mailer)

    assert inbox.senders == ["bounces@bib.example"]
    assert message_from_bytes(only(inbox), policy=default)["From"].addresses[0].addr_spec == "post@bib.example"


async def test_two_processes_send_each_message_once(reminders: Reminders, tmp_path: Path) -> None:
    await reminders.take(configured(sender={**SENDER, "email": "post@bib.example"}))
    await reminders.take(
        *(party(f"P{n}", channel="e-mail", email=f"reader{n}@example.org") for n in range(6)),
        *(posted(f"I{n}", party_id=f"P{n}") for n in range(6)),
    )
    await reminders.remind()

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        quick = replace(server, messages_per_minute=100_000)
        async with Mailer(quick) as one, Mailer(quick) as other:
            await asyncio.gather(send_all(reminders, one), send_all(reminders, other))

    ids = [message_from_bytes(message, policy=default)["Message-ID"] for message in inbox.messages]
    assert len(ids) == len(set(ids)) == 6
    assert {(one["state"], one["attempts"]) for one in (await reminders.get("emails"))["items"]} == {("sent", 1)}


async def test_a_slow_mail_server_gets_each_message_once(
    reminders: Reminders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_queued_message(reminders)
    monkeypatch.setattr("chassis.database.IDLE_IN_TRANSACTION_TIMEOUT_MS", 200)
    impatient = await open_database(reminders.runtime.settings)
    store = FolderStore(reminders.documents)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        inbox.thinks_seconds = 1.0
        async with Mailer(server) as mailer:
            sent = [await send_next(impatient, store, mailer, LATER) for _ in range(2)]
    await impatient.close()

    assert sent == [True, False]
    assert len(inbox.messages) == 1
    (state,) = (await reminders.get("emails"))["items"]
    assert (state["state"], state["attempts"]) == ("sent", 1)


async def test_a_message_under_way_is_noted_although_the_process_is_told_to_stop(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)
    store = FolderStore(reminders.documents)

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        inbox.thinks_seconds = 0.5
        sending = asyncio.create_task(send_forever(reminders.runtime.database, store, Mailer(server)))
        await until(lambda: bool(inbox.messages), "the server has the message")
        sending.cancel()
        await asyncio.wait([sending])

    assert sending.cancelled()
    (state,) = (await reminders.get("emails"))["items"]
    assert (state["state"], state["attempts"]) == ("sent", 1)


async def test_what_came_of_a_message_is_noted_as_soon_as_the_database_is_back(
    reminders: Reminders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_queued_message(reminders)
    monkeypatch.setattr("services.reminders.operations.emails.RECORD_PAUSE_SECONDS", 0.01)
    away, record = iter([ConnectionResetError(), ConnectionResetError()]), emails.record_attempt

    async def back_in_a_moment(*arguments: Any) -> None:
        for fault in away:
            raise fault
        await record(*arguments)

    monkeypatch.setattr("services.reminders.store.emails.record_attempt", back_in_a_moment)
    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            sent = [await send_all(reminders, mailer), await send_all(reminders, mailer)]

    assert sent == [1, 0]
    assert len(inbox.messages) == 1


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

    (bounced,) = (await reminders.get("emails"))["items"]
    assert (bounced["state"], bounced["attempts"], bounced["sent_at"] is not None) == ("bounced", 1, True)
    assert "no such mailbox" in bounced["reply"]


async def test_a_message_whose_bytes_cannot_be_read_for_now_is_due_again_at_once(
    reminders: Reminders, tmp_path: Path
) -> None:
    await with_a_queued_message(reminders)

    class StoreAway(FolderStore):
        async def get(self, digest: str) -> bytes:
            raise Retry(f"{digest} cannot be read")

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            with pytest.raises(Retry):
                await send_next(reminders.runtime.database, StoreAway(reminders.documents), mailer, LATER)
            sent = await send_all(reminders, mailer)

    assert (sent, len(inbox.messages)) == (1, 1)


async def test_a_crash_after_the_server_took_a_message_sends_the_same_message_again_and_no_other(
    reminders: Reminders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_queued_message(reminders)

    async def crash(*_: object) -> None:
        raise ConnectionResetError

    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            with monkeypatch.context() as broken:
                broken.setattr("services.reminders.store.emails.record_attempt", crash)
                broken.setattr("services.reminders.operations.emails.RECORD_TRIES", 1)
                with pytest.raises(ConnectionResetError):
                    await send_all(reminders, mailer)
            while_leased = await send_all(reminders, mailer)
            await reminders.rows("UPDATE reminder_email SET leased_until = clock_timestamp() RETURNING 1")
            sent = [await send_all(reminders, mailer), await send_all(reminders, mailer)]

    assert while_leased == 0
    assert sent == [1, 0]
    first, second = inbox.messages
    assert first == second
