"""Reminders by e-mail: each sent once to a real server on loopback, and what comes back is recorded."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from services.reminders.documents import FolderStore
from services.reminders.mail.send import Mailer
from services.reminders.operations.emails import send_next
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import NOW, SENDER, configured, party, posted
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
    with serving(Authority.made_in(tmp_path)) as (server, inbox):
        async with Mailer(server) as mailer:
            await send_all(reminders, mailer)
    message_id = message_from_bytes(only(inbox), policy=default)["Message-ID"]

    answer = await reminders.client.post(
        "/v1/administrations/bib-gent/bounces",
        content=BOUNCE.format(message_id=message_id).replace("\n", "\r\n").encode(),
        headers=reminders.headers() | {"content-type": "message/rfc822"},
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "5.1.1")
    (bounced,) = (await reminders.get("emails", state="bounced"))["items"]
    assert "no such mailbox" in bounced["reply"]


def only(inbox: Inbox) -> bytes:
    (message,) = inbox.messages
    return message
