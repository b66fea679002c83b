"""What docs/reminders.md tells operators is so: its variables, its ports, its commands and its files."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from console.app import build_app
from console.caller import Target
from services.reminders.documents.encryption import Security
from services.reminders.law.published_rates import read_tables, tables
from services.reminders.settings import ReminderSettings
from tests.gates.tree import ROOT

PAGE = (ROOT / "docs/reminders.md").read_text("utf-8")
COMMANDS = sorted(set(re.findall(r"`(openitems [^`]+)`", PAGE)))
OF_A_SERVICE = set(ReminderSettings.model_fields)


def settings(**changes: object) -> ReminderSettings:
    return ReminderSettings.model_validate(
        {"service": "reminders", "database_url": SecretStr("postgresql://127.0.0.1/none"), **changes}
    )


def variables() -> set[str]:
    """Every variable that the page names, also those that are shortened: `OPENITEMS_MAIL_HOST`, `_MAIL_PORT`."""
    whole = re.findall(r"`OPENITEMS_([A-Z0-9_]+)`", PAGE)
    shortened = re.findall(r"`_((?:MAIL|BOUNCE)_[A-Z_]+)`", PAGE)
    return {name.lower() for name in (*whole, *shortened)}


def test_every_variable_of_the_page_is_a_setting_and_every_setting_of_reminders_is_on_the_page() -> None:
    own = {name for name in ReminderSettings.model_fields if name in ReminderSettings.__annotations__}

    assert variables() - OF_A_SERVICE == set()
    assert own - variables() == set()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_security_chooses_the_ports_that_the_page_names(security: Security) -> None:
    made = settings(mail_host="mx", mail_security=security, bounce_host="imap", bounce_security=security)
    server, mailbox = made.mail_server(), made.bounce_mailbox()
    assert server
    assert mailbox

    told = dict.fromkeys(re.findall(rf"`{security}` \((\d+)\)", PAGE))

    assert [str(server.port), str(mailbox.port)] == list(told)


def test_a_port_that_is_named_is_the_one() -> None:
    server = settings(mail_host="mx", mail_security="starttls", mail_port=2525).mail_server()

    assert server
    assert server.port == 2525


def test_the_pauses_and_defaults_that_the_page_names_are_so() -> None:
    made = settings()

    assert (made.bounce_folder, made.bounce_seconds) == ("INBOX", 60)
    assert "(`INBOX`), and how often (60)" in PAGE


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_takes_those_options(line: str) -> None:
    app = build_app(lambda _employee: Target({}, ""))

    answer = CliRunner().invoke(app, [*line.split()[1:], "--help"])

    assert answer.exit_code == 0, answer.output


def test_the_file_of_rates_is_read_as_it_is_shown(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "rates.toml"
    file.write_text(shown, "utf-8")
    (series,) = tomllib.loads(shown)

    known = read_tables(file)

    assert len(known.rates[series].rates) == len(tables().rates[series].rates) + 1


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(services/[^`]+)`", PAGE))))
def test_every_file_of_the_page_is_there(name: str) -> None:
    assert (ROOT / name).is_file()
