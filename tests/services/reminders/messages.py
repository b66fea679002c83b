"""Reminders by e-mail, sent to a real server on loopback, and notifications of those that come back."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from httpx import Response

from services.reminders.documents.folder import FolderStore
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


async def sent_message(reminders: Reminders, folder: Path) -> str:
    """Send what is queued; the Message-ID of the one that arrived."""
    with serving(Authority.made_in(folder)) as (server, inbox):
        async with Mailer(server) as mailer:
            await send_all(reminders, mailer)
    return str(message_from_bytes(only(inbox), policy=default)["Message-ID"])


async def hand_in(reminders: Reminders, report: str, key: str = "a-notification") -> Response:
    """Hand a notification in by hand, whatever comes of it."""
    return await reminders.desk.client.post(
        "/v1/administrations/bib-gent/bounces",
        content=report.replace("\n", "\r\n").encode(),
        headers=reminders.desk.headers()
        | {"content-type": "message/rfc822"}
        | ({"idempotency-key": key} if key else {}),
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
