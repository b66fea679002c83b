from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.mail.bounces import Bounce, read_bounce
from services.reminders.mail.compose import compose
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE
from tests.services.reminders.mail.test_compose import ENVELOPE, PDF


def report(action: str = "failed", status: str = "5.1.1", original: EmailMessage | None = None) -> MIMEMultipart:
    message = MIMEMultipart("report")
    message.set_param("report-type", "delivery-status")
    message["From"] = "MAILER-DAEMON@mail.example"
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message.attach(MIMEText("I am sorry to say that your message was not delivered."))
    whole, recipient = Message(), Message()
    whole["Reporting-MTA"] = "dns; mail.example"
    recipient["Final-Recipient"] = f"rfc822; {ENVELOPE.recipient}"
    recipient["Action"] = action
    recipient["Status"] = status
    recipient["Diagnostic-Code"] = "smtp; 550 5.1.1\n no such user"
    delivery = Message()
    delivery.add_header("Content-Type", "message/delivery-status")
    delivery.set_payload([whole, recipient])
    message.attach(delivery)
    message.attach(MIMEMessage(original or compose(DUTCH, DUTCH_HOUSE, PDF, ENVELOPE)))
    return message


def parts(message: MIMEMultipart) -> list[Message | str]:
    payload = message.get_payload()
    assert isinstance(payload, list)
    return [part for part in payload if isinstance(part, Message)]


@pytest.mark.parametrize(("action", "state"), [("failed", "failed"), ("Failed", "failed"), ("delayed", "delayed")])
def test_a_bounce_names_the_reminder_the_address_and_the_reason(
    action: str, state: Literal["failed", "delayed"]
) -> None:
    raw = report(action).as_bytes()

    bounce = read_bounce(raw)

    assert bounce == Bounce("R-2026-00042", state, ENVELOPE.recipient, "5.1.1", "smtp; 550 5.1.1 no such user")


def test_the_headers_alone_of_the_original_are_enough() -> None:
    message = report()
    headers = MIMEText("Message-ID: <reminder.R-7@bibliotheek.example>\nSubject: x\n", "rfc822-headers")
    message.set_payload([*parts(message)[:2], headers])

    bounce = read_bounce(message.as_bytes())

    assert bounce is not None
    assert bounce.reminder_id == "R-7"


def test_a_notification_without_the_original_may_refer_to_it() -> None:
    message = report()
    message.set_payload(parts(message)[:2])
    message["References"] = "<other@x.example> <reminder.R-8@bibliotheek.example>"

    bounce = read_bounce(message.as_bytes())

    assert bounce is not None
    assert bounce.reminder_id == "R-8"


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_good_news_is_no_bounce(action: str) -> None:
    assert read_bounce(report(action).as_bytes()) is None


def test_a_bounce_of_somebody_elses_message_is_not_ours() -> None:
    foreign = EmailMessage()
    foreign["Message-ID"] = "<1@elsewhere.example>"
    foreign.set_content("x")

    assert read_bounce(report(original=foreign).as_bytes()) is None


def test_an_ordinary_answer_is_no_bounce() -> None:
    answer = EmailMessage()
    answer["In-Reply-To"] = "<reminder.R-2026-00042@bibliotheek.example>"
    answer.set_content("I have paid already.")

    assert read_bounce(answer.as_bytes()) is None


@given(st.binary(max_size=300))
def test_rubbish_is_no_bounce(raw: bytes) -> None:
    assert read_bounce(raw) is None


def test_what_is_too_large_is_not_read() -> None:
    assert read_bounce(report().as_bytes() + b"\n" * 11_000_000) is None
