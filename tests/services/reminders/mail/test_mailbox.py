"""The mailbox of bounces, read from a real IMAP server on loopback."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import Retry
from services.reminders.documents.encryption import Security
from services.reminders.mail.mailbox import Arrivals, Mailbox, Position, read_reports
from services.reminders.mail.refusals import UnsafeServer
from tests.services.reminders.mail.mailboxes import mailbox_server
from tests.services.reminders.mail.serving import Authority
from tests.services.reminders.mail.test_bounces import report


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made_in(tmp_path_factory.mktemp("authority"))


def private_letter() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "lotte@example.org", "Not for machines"
    message.set_content("I have paid already.")
    return message.as_bytes()


def bounce(status: str = "5.1.1") -> bytes:
    return report(status=status).as_bytes()


async def read(mailbox: Mailbox, after: Position | None = None, messages_max: int = 200) -> Arrivals:
    return await asyncio.to_thread(read_reports, mailbox, after, messages_max)


@pytest.mark.parametrize("security", ["tls", "none"])
async def test_reports_are_read_and_nothing_else_and_all_stays_as_it_was(
    authority: Authority, security: Security
) -> None:
    async with mailbox_server(authority, security) as postbox:
        await postbox.deliver(private_letter(), bounce(), private_letter())

        arrivals = await read(postbox.mailbox)
        flags = await postbox.flags()

    assert [b"5.1.1" in one for one in arrivals.reports] == [True]
    assert not arrivals.more
    assert not any(b"Seen" in flag for flag in flags)


async def test_over_starttls_the_password_is_said_once_encrypted(authority: Authority) -> None:
    async with mailbox_server(authority, "starttls") as postbox:
        arrivals = await read(postbox.mailbox)

    assert arrivals.reports == ()


async def test_what_was_read_is_not_read_again_and_what_comes_later_is(authority: Authority) -> None:
    async with mailbox_server(authority) as postbox:
        await postbox.deliver(bounce("5.0.1"), bounce("5.0.2"))
        first = await read(postbox.mailbox)

        nothing = await read(postbox.mailbox, first.position)
        await postbox.deliver(bounce("5.0.3"))
        later = await read(postbox.mailbox, nothing.position)

    assert (len(first.reports), nothing.reports) == (2, ())
    assert nothing.position == first.position
    assert [b"5.0.3" in one for one in later.reports] == [True]


async def test_a_full_mailbox_is_read_in_parts(authority: Authority) -> None:
    async with mailbox_server(authority) as postbox:
        await postbox.deliver(*(bounce(f"5.0.{number}") for number in range(5)))

        first = await read(postbox.mailbox, None, 3)
        rest = await read(postbox.mailbox, first.position, 3)

    assert (len(first.reports), first.more) == (3, True)
    assert (len(rest.reports), rest.more) == (2, False)


async def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(authority: Authority) -> None:
    async with mailbox_server(authority) as postbox:
        await postbox.deliver(bounce())
        known = (await read(postbox.mailbox)).position

        arrivals = await read(postbox.mailbox, Position(known.validity + 1, known.last_uid + 500))

    assert len(arrivals.reports) == 1
    assert arrivals.position == known


async def test_another_folder_is_read_when_it_is_named(authority: Authority) -> None:
    async with mailbox_server(authority) as postbox:
        await postbox.deliver(bounce(), folder="Returned")

        arrivals = await read(replace(postbox.mailbox, folder="Returned"))

    assert len(arrivals.reports) == 1


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"folder": "None of ours"}, {"port": 9}, {"ca_file": None}], ids=str
)
async def test_a_mailbox_that_cannot_be_read_is_tried_again_and_its_password_is_not_told(
    authority: Authority, change: dict[str, Any]
) -> None:
    async with mailbox_server(authority) as postbox:
        mailbox = replace(postbox.mailbox, **change)

        with pytest.raises(Retry, match="cannot be read") as failure:
            await read(mailbox)

    assert mailbox.password not in str(failure.value)
    assert mailbox.password not in repr(mailbox)


async def test_a_certificate_for_another_name_gets_no_password(tmp_path: Path) -> None:
    other_name = Authority.made_in(tmp_path, host="mail.example")

    async with mailbox_server(other_name) as postbox:
        with pytest.raises(Retry, match="certificate"):
            await read(postbox.mailbox)


def test_no_password_leaves_the_machine_unencrypted() -> None:
    with pytest.raises(UnsafeServer):
        read_reports(Mailbox("imap.example", 143, "none"), None)
