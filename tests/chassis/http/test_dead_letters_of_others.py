"""Who runs one administration sees and retries its dead letters, whatever a sender does to be read by another."""

import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.consuming.handling import Record
from chassis.identity import Role
from tests.chassis.consuming.hostile import Consuming, consuming
from tests.chassis.issuer import Issuer
from tests.databases import FreshDatabase
from tests.events import posted, record_of

OURS, THEIRS = "bib-gent", "bib-aalst"
STRUCTURED = ("content-type", b"application/cloudevents+json")
NUMBERS = count()
GOOD = record_of(posted("I1", 100, administration=OURS))


def contradicting(administration: str, **changes: Any) -> Record:
    """A valid event that can never apply, once its item is posted; like no other one."""
    event = posted("I1", 101, administration=administration, description=f"number {next(NUMBERS)}")
    return record_of(event)._replace(**changes)


def broken(value: Any, **changes: Any) -> Record:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return GOOD._replace(value=body, **changes)


def document(administration: str, data_of: str) -> dict[str, Any]:
    """A document whose own fields are a valid event of one administration, and whose data is one of another."""
    own: dict[str, Any]
    own, data = (json.loads(contradicting(name).value or b"") for name in (administration, data_of))
    attributes = {"specversion": "1.0", "type": "openitems.item-posted.v1", "id": "e", "source": "s"}
    return own | attributes | {"data": data}


LETTERS: dict[str, tuple[Record, str | None]] = {
    "ours": (contradicting(OURS), OURS),
    "theirs": (contradicting(THEIRS), THEIRS),
    "theirs under our key": (contradicting(THEIRS, key=GOOD.key), THEIRS),
    "ours under their key": (contradicting(OURS, key=contradicting(THEIRS).key), OURS),
    "ours, with a fault": (broken({"administration": OURS, "amount": 0}), OURS),
    "ours in a document": (broken(document(THEIRS, OURS), headers=[STRUCTURED]), OURS),
    "theirs in a document that says it is ours": (broken(document(OURS, THEIRS), headers=[STRUCTURED]), THEIRS),
    "ours in headers, and a document of theirs beside them": (
        broken(
            document(OURS, THEIRS), headers=[*GOOD.headers[:-4], *GOOD.headers[-3:], ("Content-Type", STRUCTURED[1])]
        ),
        OURS,
    ),
    "named twice": (broken(b'{"administration": "bib-gent", "administration": "bib-aalst"}'), THEIRS),
    "no JSON under our key": (broken(b"{nonsense"), None),
    "nothing under our key": (GOOD._replace(value=None), None),
    "a name that is none": (broken({"administration": "bib gent"}), None),
    "a name that is a list": (broken({"administration": [OURS]}), None),
    "all of them": (broken({"administration": "*"}), None),
    "a text in which we are named": (broken(b'"administration: bib-gent"'), None),
}


def of_whom(name: str) -> list[str]:
    return [case for case, (_, administration) in LETTERS.items() if administration == name]


@pytest.fixture
async def service(database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Consuming]:
    monkeypatch.setenv("OPENITEMS_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    async with consuming("matching", database, tmp_path) as opened:
        await opened.take([GOOD, record_of(posted("I1", 100, administration=THEIRS))])
        yield opened


async def put_aside(service: Consuming) -> dict[int, str]:
    """All the letters, each with the case that it is."""
    names: dict[int, str] = {}
    for case, (record, _) in LETTERS.items():
        before = {row["id"] for row in await service.rows("SELECT id FROM dead_letter")}
        await service.take([record])
        (new,) = {row["id"] for row in await service.rows("SELECT id FROM dead_letter")} - before
        names[new] = case
    return names


async def test_who_runs_one_administration_reads_its_letters_and_no_others(service: Consuming) -> None:
    names = await put_aside(service)

    all_of_them = (await service.api.get("/v1/dead-letters")).json()["items"]

    told = {names[letter["id"]]: letter["administration"] for letter in all_of_them}
    assert told == {case: administration for case, (_, administration) in LETTERS.items()}


@pytest.mark.parametrize("administration", [OURS, THEIRS])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_a_token_for_one_lists_that_one(
    service: Consuming, issuer_of: Any, administration: str, role: Role
) -> None:
    names = await put_aside(service)
    service.api.headers.update(issuer_of(roles=[role], administrations=[administration]))

    listed = (await service.api.get("/v1/dead-letters", params={"resolved": True})).json()["items"]

    assert [names[letter["id"]] for letter in listed] == of_whom(administration)


@pytest.mark.parametrize("administration", [OURS, THEIRS])
async def test_a_token_for_one_retries_that_one_and_knows_of_no_other(
    service: Consuming, issuer_of: Any, administration: str
) -> None:
    names = await put_aside(service)
    service.api.headers.update(issuer_of(roles=["operator"], administrations=[administration]))

    answers = {}
    for number, case in names.items():
        answer = await service.api.post(f"/v1/dead-letters/{number}/retry", headers={"idempotency-key": uuid4().hex})
        answers[case] = answer.status_code

    mine = of_whom(administration)
    assert answers == {case: 200 if case in mine else 404 for case in LETTERS}


async def test_who_only_reads_retries_nothing(service: Consuming, issuer_of: Any) -> None:
    await put_aside(service)
    service.api.headers.update(issuer_of(roles=["auditor"], administrations=["*"]))

    answer = await service.api.post("/v1/dead-letters/1/retry", headers={"idempotency-key": "k"})

    assert answer.status_code == 403


async def test_a_role_held_in_another_administration_gives_nothing(service: Consuming, issuer_of: Any) -> None:
    names = await put_aside(service)
    claims = {"administrations": [OURS, THEIRS], "roles": [], "administration_roles": {THEIRS: ["operator"]}}
    service.api.headers.update(issuer_of(**claims))

    listed = (await service.api.get("/v1/dead-letters")).json()["items"]

    assert [names[letter["id"]] for letter in listed] == of_whom(THEIRS)


@pytest.fixture
def issuer_of(tmp_path: Path) -> Any:
    """Makes the header of a token with these claims."""
    return Issuer(tmp_path / "keys.json").bearer
