"""No file that a spreadsheet opens holds a formula, whichever route of whichever service made it, in whichever format.

The routes are those of the assembled applications that take a `format`: a new one fails here until it is asked too.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from pydantic import SecretStr

from chassis.database import open_database
from chassis.http.files import BYTE_ORDER_MARK
from chassis.notations import FORMULA_STARTS, NUMBER
from chassis.service import assemble
from chassis.settings import ServiceName
from services.selection.domain.catalogue import catalogue
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.declared import declared_services
from tests.services.driven import Driven
from tests.services.matching import library as matching
from tests.services.matching.books import NOW
from tests.services.reminders import library as reminders
from tests.services.selection import library as selection
from tests.services.writeoff import library as writeoff
from tests.support.desk import Desk, app_of, client_of, expected, no_lag

PLANTED = ("=1+1", "＝1+1", "+1", "-1+1", "@SUM(1)")
TEXTS = (*PLANTED, "\t=1+1")
"""Free texts may begin with a tab as well, which spreadsheets skip; an identifier may not."""
PREFIX = "/v1/administrations/{administration}/"
JSON = frozenset({"json", "ndjson"})
ROLES = ("clerk", "operator", "auditor")


@dataclass(frozen=True)
class Asked:
    """How a route is asked, and what was planted that its files show."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    shows: tuple[str, ...] = PLANTED


AS_OF = {"as_of": "2026-10-15"}
THIS_PERIOD = {"year": 2026, "period": 11}
LISTED = json.dumps({"generation_date": str(reminders.TODAY), "criteria": {}, "preferences": {}})
ASKED: Mapping[tuple[ServiceName, str], Asked] = {
    ("selection", "sets/{set_id}/export"): Asked({"fields": ",".join(catalogue()), "footer": "true"}, TEXTS),
    ("selection", "reports/customers/export"): Asked(shows=TEXTS),
    ("selection", "reports/ageing/export"): Asked({"per_party": "true"}, TEXTS),
    ("selection", "reports/totals/export"): Asked({"by": "branch"}),
    ("matching", "reports/open-items"): Asked(AS_OF),
    ("matching", "reports/ageing/{as_of}"): Asked(AS_OF),
    ("matching", "reports/clearing-journal"): Asked({"fiscal_year": 2026}),
    ("matching", "reports/parties"): Asked(),
    ("matching", "reports/settlement-information"): Asked(),
    ("matching", "reports/findings/{run_id}"): Asked(),
    ("reminders", "control-list/export"): Asked({"request": LISTED}, TEXTS),
    ("writeoff", "write-offs"): Asked(shows=TEXTS),
    ("writeoff", "overviews/journals"): Asked(shows=TEXTS),
    ("writeoff", "overviews/write-offs"): Asked({"by": ["branch", "employee"]}),
    ("writeoff", "overviews/employees"): Asked(),
    ("writeoff", "overviews/receipts"): Asked({"by": ["branch", "employee"]}),
    ("writeoff", "receipts"): Asked(),
    ("writeoff", "receipts/journals"): Asked(shows=()),
    ("writeoff", "periods/{year}/{period}/ledger"): Asked(THIS_PERIOD),
}


@dataclass(frozen=True)
class Office:
    """A service on an empty database, and its API."""

    driven: Driven
    desk: Desk
    app: FastAPI


@pytest.fixture
async def offices(
    database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Mapping[ServiceName, Office]]:
    """All services; no broker is asked."""
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("OPENITEMS_DOCUMENT_FOLDER", str(tmp_path / "documents"))
    issuer = Issuer(tmp_path / "keys.json")
    found = {}
    async with AsyncExitStack() as stack:
        for name, service in declared_services().items():
            settings = service.settings(service=name, database_url=SecretStr(database.url(name)))
            opened = await open_database(settings)
            stack.push_async_callback(opened.close)
            app = app_of(service, assemble(service, settings, opened), issuer, no_lag)
            client = await stack.enter_async_context(client_of(app))
            found[name] = Office(Driven(opened, service, NOW), Desk(client, issuer, "bib-gent", roles=ROLES), app)
        yield found


def identifiers() -> Iterator[tuple[str, str]]:
    """An identifier for each text: the text itself, unless it cannot be one."""
    for number, text in enumerate(TEXTS):
        yield (text if text in PLANTED else f"P{number}"), text


async def plant_selection(office: Office) -> dict[str, Any]:
    """Customers, items, a set and its name."""
    await office.driven.take(selection.configured())
    for name, text in identifiers():
        more = {"branch": name, "reference": name, "invoice_number": name, "voucher": name, "employee": name}
        await office.driven.take(
            selection.party(name, name=text, phone=text, branch=name),
            selection.posted(name, 1000, party_id=name, description=text, **more),
        )
    made = await office.desk.do("sets", {"criteria": 'open_amount > 0 and description != "=1+1 or so"'})
    return {"set_id": (await office.desk.do(f"sets/{made['set_id']}/fix", {"name": "=1+1"}))["set_id"]}


async def plant_matching(office: Office) -> dict[str, Any]:
    """Customers with items, of which a part is settled, and findings about them."""
    await office.driven.take(matching.configured())
    run_id = uuid4()
    for number, (name, text) in enumerate(identifiers()):
        await office.driven.take(
            matching.party(name, name=text),
            matching.posted(name, 500, party_id=name, voucher=name),
            matching.posted(f"{name}-paid", -200, party_id=name),
        )
        await office.driven.rows(
            "INSERT INTO finding (administration, party_id, run_id, number, kind, code, item_ids, used_by) "
            "VALUES ('bib-gent', $1, $2, $3, 'left-alone', 'several', ARRAY[$1], '{}') RETURNING number",
            *(name, run_id, number),
        )
    await office.desk.do("settlement-runs", {"booking": {"date": str(matching.TODAY), "journal": "M90"}}, 202)
    await office.driven.work()
    return {"run_id": run_id}


async def plant_reminders(office: Office) -> dict[str, Any]:
    """Debtors with items that are due."""
    await office.driven.take(reminders.configured())
    for name, text in identifiers():
        await office.driven.take(
            reminders.party(name, name=text),
            reminders.posted(
                name, 1000, name, voucher=name, description=text, documents=[{"document_id": "D", "name": text}]
            ),
        )
    return {}


async def plant_writeoff(office: Office) -> dict[str, Any]:
    """Write-offs and receipts by employees of every name, with notes, on journals with such labels."""
    journals = [
        {"code": code, "type": "A", "label": {"nl": text, "da": text, "en": text}, **more}
        for (code, more), text in zip(writeoff.SEED_JOURNALS.items(), TEXTS * 3, strict=False)
    ]
    bank = {"code": "B20", "type": "B", "label": {"nl": "B", "da": "B", "en": "B"}}
    await office.driven.take(writeoff.configured(journals=[*journals, bank]))
    for name, text in identifiers():
        named: dict[str, Any] = {"party_id": name, "branch": name, "employee": name}
        await office.driven.take(
            writeoff.party(name, name=text),
            writeoff.posted(name, **named),
            writeoff.posted(f"{name}.", -500, "payment", journal="B20", till=name, payment_method=name, **named),
        )
        await office.driven.take(writeoff.requested({name: 1250}, party_id=name, employee=name, note=text))
    asked = await office.driven.published("match-requested")
    await office.driven.take(*[writeoff.granted(one, employee=one.party_id) for one in asked])
    return {}


PLANT: Mapping[ServiceName, Callable[[Office], Awaitable[dict[str, Any]]]] = {
    "selection": plant_selection,
    "matching": plant_matching,
    "reminders": plant_reminders,
    "writeoff": plant_writeoff,
}


def exports_of(app: FastAPI) -> dict[str, Sequence[str]]:
    """The formats that each export offers, by its path below the administration."""
    found = {}
    for path, operations in app.openapi()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["name"] == "format":
                found[path.removeprefix(PREFIX)] = parameter["schema"]["enum"]
    return found


def shown_in_book(content: bytes) -> list[str]:
    """The texts of a workbook, on all of its sheets; fails where a cell is a formula or a link."""
    cells = [
        cell for sheet in load_workbook(io.BytesIO(content)).worksheets for row in sheet.iter_rows() for cell in row
    ]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert [cell.coordinate for cell in cells if cell.hyperlink] == []
    return [cell.value for cell in cells if isinstance(cell.value, str)]


def shown_in_csv(content: bytes) -> list[str]:
    """The cells of a CSV file, whatever its delimiter."""
    text = content.decode("utf-8-sig")
    delimiter = max(";,", key=text.partition("\n")[0].count)
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) for cell in row]


def texts_within(value: Any) -> Iterator[str]:
    """Every text of what JSON says, however deep."""
    match value:
        case str():
            yield value
        case dict():
            yield from (text for one in value.values() for text in texts_within(one))
        case list():
            yield from (text for one in value for text in texts_within(one))


def faults(content: bytes, form: str, planted: Sequence[str]) -> list[str]:
    """What is wrong with a file: which of what was planted it does not show as text, and what it has as a formula."""
    formulas: list[str] = []
    wanted = set(planted)
    if form in JSON:
        shown = [text for line in content.decode().splitlines() for text in texts_within(json.loads(line))]
    elif form.startswith("xlsx"):
        shown = shown_in_book(content)
    else:
        shown = shown_in_csv(content)
        if form != "csv":
            assert content.startswith(BYTE_ORDER_MARK)
            formulas = [cell for cell in shown if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell)]
            wanted = {f"'{text}" for text in planted}
    return [f"{form} has the formula {cell!r}" for cell in formulas] + [
        f"{form} does not show {text!r}" for text in sorted(wanted - set(shown))
    ]


async def test_every_export_of_every_service_is_asked_here(offices: Mapping[ServiceName, Office]) -> None:
    found = {(name, path) for name, office in offices.items() for path in exports_of(office.app)}

    assert found - ASKED.keys() == set(), "say in ASKED how these are asked, and plant what they show"
    assert ASKED.keys() - found == set()


@pytest.mark.parametrize(("name", "path"), ASKED)
async def test_what_begins_as_a_formula_is_text_in_every_file_that_an_export_makes(
    offices: Mapping[ServiceName, Office], name: ServiceName, path: str
) -> None:
    office, asked = offices[name], ASKED[name, path]
    formats = exports_of(office.app)[path]

    places = {**asked.parameters, **await PLANT[name](office)}
    given = {
        key: value for key, value in places.items() if f"{{{key}}}" not in path and key not in {"set_id", "run_id"}
    }
    files = {form: await office.desk.get(path.format_map(places), **given, format=form) for form in formats}

    assert len(files) >= 4
    assert [
        fault for form, answer in files.items() for fault in faults(expected(answer).content, form, asked.shows)
    ] == []


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"name\r\n=1+1\r\n", "csv-nl"),
        (b"\xef\xbb\xbfname;more\r\n=1+1;'=1+1\r\n", "csv-nl"),
        (b"\xef\xbb\xbfname;more\r\n1+1;2\r\n", "spreadsheet"),
        (b"name,more\r\n'=1+1,2\r\n", "csv"),
        (b'{"name": "1+1"}\n', "ndjson"),
    ],
)
def test_a_formula_and_a_missing_text_are_noticed(content: bytes, form: str) -> None:
    try:
        found = faults(content, form, ["=1+1"])
    except AssertionError:
        found = ["no byte order mark"]

    assert found != []
