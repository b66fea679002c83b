"""A problem is told in the language that the request asks for; programs read the same as before."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.database import Database
from chassis.jobs import NewJob, add_job, cancel_job

DESK = "/v1/administrations/lib-nl"
NOWHERE = {
    "en": ("There is nothing at this path.", "See /openapi.json for the paths of this service."),
    "nl": ("Op dit pad is niets.", "Zie /openapi.json voor de paden van deze dienst."),
    "da": ("Der er intet på denne sti.", "Se /openapi.json for tjenestens stier."),
}


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, "en"),
        ("nl", "nl"),
        ("da", "da"),
        ("nl-BE", "nl"),
        ("da-DK;q=0.5", "da"),
        ("fr-FR, de;q=0.8", "en"),
        ("fr-BE, nl-BE;q=0.8, en;q=0.5", "nl"),
    ],
)
async def test_a_problem_is_in_the_language_that_is_asked(
    anonymous: httpx.AsyncClient, asked: str | None, language: str
) -> None:
    response = await anonymous.get("/v1/nothing", headers={"accept-language": asked} if asked else {})

    problem = response.json()
    assert (problem["detail"], problem["remedy"]) == NOWHERE[language]
    assert (problem["code"], problem["title"], problem["status"]) == ("unknown-path", "Unknown path", 404)
    assert response.headers["content-language"] == language
    assert response.headers["vary"] == "Accept-Language"


async def test_a_refusal_is_said_with_its_values(clerk: httpx.AsyncClient) -> None:
    job_id = "01980000-0000-7000-8000-000000000000"

    response = await clerk.get(f"/v1/jobs/{job_id}", headers={"accept-language": "da"})

    problem = response.json()
    assert problem["detail"] == f"Der er ingen kørsel med id {job_id}."
    assert problem["errors"][0]["detail"] == problem["detail"]
    assert problem["errors"][0]["pointer"] == "/job_id"


async def test_a_token_is_refused_in_the_language_that_is_asked(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/v1/jobs", headers={"accept-language": "nl", "authorization": "Bearer x.y.z"})

    assert response.status_code == 401
    assert response.json()["detail"] == "Het toegangstoken is niet geldig."
    assert response.headers["www-authenticate"].startswith("Bearer ")


async def test_what_is_ours_of_a_validation_is_translated(clerk: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"kind": "fine", "booked_on": "2024-05-31", "lines": [{"amount": 12.5}]}

    response = await clerk.post(
        f"{DESK}/bookings", json=body, headers={"idempotency-key": "key-1", "accept-language": "nl"}
    )

    problem = response.json()
    assert problem["detail"] == "1 veld(en) van de aanvraag zijn niet geldig."
    assert problem["errors"][0]["remedy"].startswith("Stuur een geheel getal")
    assert problem["errors"][0]["code"] == "int_type"


async def test_headers_that_are_too_large_are_refused_in_the_language_that_is_asked(
    anonymous: httpx.AsyncClient,
) -> None:
    response = await anonymous.get("/v1/nothing", headers={"accept-language": "nl", "x-long": "x" * 5000})

    assert response.status_code == 431
    assert response.json()["detail"] == "De headers zijn te groot."
    assert response.headers["content-language"] == "nl"


async def test_the_openapi_document_tells_of_the_language(anonymous: httpx.AsyncClient) -> None:
    document = (await anonymous.get("/openapi.json")).json()

    refusals = [
        answer
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status in {"4XX", "5XX"}
    ]
    assert refusals
    assert all("Content-Language" in answer["headers"] for answer in refusals)


async def test_why_a_run_ended_is_told_in_the_readers_language(clerk: httpx.AsyncClient, owner: Database) -> None:
    job = NewJob(job_id=uuid4(), kind="settle", administration="lib-nl", employee="j.devries", parameters={})
    async with owner.transaction() as connection:
        await add_job(connection, job)
        await cancel_job(connection, job.job_id, {}, "j.devries")

    answers = [await clerk.get(f"/v1/jobs/{job.job_id}", headers={"accept-language": tag}) for tag in ("en", "nl")]

    english, dutch = (answer.json()["error"] for answer in answers)
    assert english == {"code": "cancelled", "message": "Cancelled by j.devries: what was done before stays."}
    assert dutch == {"code": "cancelled", "message": "Afgebroken door j.devries: wat eerder gedaan is, blijft."}
