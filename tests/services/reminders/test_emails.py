"""Reminders by e-mail: each is sent once, whatever the server, the database and the process do."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from chassis.database import open_database
from chassis.errors import Retry
from services.reminders.documents.folder import FolderStore
from services.reminders.mail.send import Mailer
from services.reminders.operations.emails import send_forever, send_next
from services.reminders.store import emails
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import SENDER, configured, party, posted
from tests.services.reminders.mail.serving import Authority, serving
from tests.services.reminders.messages import (
    LATER,
    send_all,
    with_a_queued_message,
)
from tests.support.patience import until


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
    (state,) = (await reminders.desk.read("emails", state="sent"))["items"]
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
            (queued,) = (await reminders.desk.read("emails", state="queued"))["items"]
            inbox.refuse_recipient = {"lotte@example.org": "550 no such mailbox"}
            later = LATER + timedelta(days=1)
            await send_next(reminders.runtime.database, FolderStore(reminders.documents), mailer, later)

    assert (queued["attempts"], "451" in queued["reply"]) == (1, True)
    (refused,) = (await reminders.desk.read("emails", state="refused"))["items"]
    assert "550" in refused["reply"]


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
    (given_up,) = (await reminders.desk.read("emails", state="given-up"))["items"]
    assert "document store has nothing" in given_up["reply"]


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
    assert {(one["state"], one["attempts"]) for one in (await reminders.desk.read("emails"))["items"]} == {("sent", 1)}


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
    (state,) = (await reminders.desk.read("emails"))["items"]
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
    (state,) = (await reminders.desk.read("emails"))["items"]
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
