from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.reminders.documents.encryption import Security
from services.reminders.mail.compose import compose
from services.reminders.mail.refusals import UnsafeServer
from services.reminders.mail.send import RETRY_AFTER_SECONDS, Mailer, MailServer, Pace, next_attempt
from tests.services.reminders.letters.samples import DUTCH, DUTCH_HOUSE
from tests.services.reminders.mail.serving import Authority, serving
from tests.services.reminders.mail.test_compose import ENVELOPE, PDF

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


def reminder(number: int = 1, recipient: str = ENVELOPE.recipient) -> EmailMessage:
    letter = replace(DUTCH, reminder_id=f"R{number}")
    return compose(letter, DUTCH_HOUSE, PDF, replace(ENVELOPE, recipient=recipient))


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_a_message_arrives_as_it_was_composed(authority: Authority, security: Security) -> None:
    with serving(authority, security) as (server, inbox):
        message = reminder()

        async with Mailer(server) as mailer:
            outcome = await mailer.send(message)

    assert (outcome.state, outcome.code) == ("accepted", 250)
    assert len(inbox.messages) == 1
    arrived = message_from_bytes(inbox.messages[0])
    assert arrived["Message-ID"] == message["Message-ID"]
    assert inbox.messages[0].rstrip() == message.as_bytes().rstrip()


async def test_messages_share_a_connection_up_to_its_limit(authority: Authority) -> None:
    with serving(authority, "tls") as (server, inbox):
        async with Mailer(replace(server, messages_per_connection=3)) as mailer:
            for number in range(7):
                assert (await mailer.send(reminder(number))).state == "accepted"

    assert len(inbox.messages) == 7
    assert inbox.greetings == 3


@pytest.mark.parametrize(
    ("reply", "state", "code"),
    [
        ("550 5.1.1 no such user", "refused", 550),
        ("552 5.2.2 mailbox full for ever", "refused", 552),
        ("450 4.2.1 mailbox busy", "try-later", 450),
        ("451 4.7.1 greylisted", "try-later", 451),
    ],
)
async def test_a_refused_recipient_is_told_from_a_busy_one(
    authority: Authority, reply: str, state: str, code: int
) -> None:
    with serving(authority) as (server, inbox):
        inbox.refuse_recipient["gone@mail.example"] = reply

        async with Mailer(server) as mailer:
            outcome = await mailer.send(reminder(1, "gone@mail.example"))
            following = await mailer.send(reminder(2))

    assert (outcome.state, outcome.code) == (state, code)
    assert reply[4:] in outcome.reason
    assert following.state == "accepted"


@pytest.mark.parametrize(
    ("answer", "state"),
    [("554 5.7.1 spam", "refused"), ("452 4.3.1 disk full", "try-later"), ("hang up", "try-later")],
)
async def test_a_refused_message_is_told_from_a_passing_fault_and_the_next_goes_on(
    authority: Authority, answer: str, state: str
) -> None:
    with serving(authority) as (server, inbox):
        inbox.answers = [answer]

        async with Mailer(server) as mailer:
            outcome = await mailer.send(reminder(1))
            following = await mailer.send(reminder(2))

    assert outcome.state == state
    assert following.state == "accepted"
    assert len(inbox.messages) == 1


async def test_a_wrong_password_is_nobody_elses_fault(authority: Authority) -> None:
    with serving(authority) as (server, inbox):
        async with Mailer(replace(server, password="wrong")) as mailer:
            outcome = await mailer.send(reminder())

    assert (outcome.state, outcome.code) == ("try-later", 535)
    assert inbox.messages == []


async def test_a_server_that_nobody_we_trust_vouches_for_gets_nothing(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority.made_in(tmp_path)

    with serving(stranger, "tls") as (server, inbox):
        async with Mailer(replace(server, ca_file=str(authority.ca_file))) as mailer:
            outcome = await mailer.send(reminder())

    assert outcome.state == "try-later"
    assert "certificate" in outcome.reason.lower()
    assert inbox.messages == []


async def test_a_certificate_for_another_name_gets_nothing(tmp_path: Path) -> None:
    other_name = Authority.made_in(tmp_path, host="mail.example")

    with serving(other_name, "tls") as (server, inbox):
        async with Mailer(server) as mailer:
            outcome = await mailer.send(reminder())

    assert outcome.state == "try-later"
    assert inbox.messages == []


async def test_a_server_that_is_down_is_tried_again() -> None:
    async with Mailer(MailServer("127.0.0.1", 9, timeout_seconds=1)) as mailer:
        outcome = await mailer.send(reminder())

    assert (outcome.state, outcome.code) == ("try-later", None)


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.5", "0.0.0.0"])  # noqa: S104 - an address to be refused
def test_no_message_leaves_the_machine_unencrypted(host: str) -> None:
    with pytest.raises(UnsafeServer) as refusal:
        Mailer(MailServer(host, 25, "none"))

    assert refusal.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_server_on_this_machine_may_do_without_encryption(host: str) -> None:
    assert isinstance(Mailer(MailServer(host, 25, "none")), Mailer)


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(MailServer("mail.example", 465, "tls", "user", "secret"))


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def turns(pace: Pace, count: int) -> AsyncIterator[int]:
    for number in range(count):
        await pace.turn()
        yield number


async def test_messages_leave_at_an_even_pace() -> None:
    clock = Clock()
    pace = Pace(30, clock, clock.sleep)

    passed = [number async for number in turns(pace, 4)]

    assert passed == [0, 1, 2, 3]
    assert clock.slept == [2.0, 2.0, 2.0]


async def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(60, clock, clock.sleep)
    await pace.turn()
    clock.now += 3_600

    passed = [number async for number in turns(pace, 3)]

    assert len(passed) == 3
    assert clock.slept == [1.0, 1.0]


def test_attempts_are_further_and_further_apart_and_end() -> None:
    pauses = [next_attempt(attempts, NOW) for attempts in range(1, len(RETRY_AFTER_SECONDS) + 2)]

    assert pauses[:-1] == [NOW + timedelta(seconds=seconds) for seconds in RETRY_AFTER_SECONDS]
    assert pauses[-1] is None
