"""A test that fails over an answer says why the request was refused, and shows no more of the logs than warnings."""

import httpx
import pytest
import structlog
from fastapi import FastAPI

from tests.chassis.issuer import Issuer
from tests.support.desk import Desk, client_of


async def test_a_command_that_should_have_succeeded_says_why_it_was_refused(app: FastAPI, issuer: Issuer) -> None:
    async with client_of(app) as client:
        with pytest.raises(AssertionError) as failed:
            await Desk(client, issuer, "lib-nl").read("refused")

    told = str(failed.value)
    assert told.startswith("a success was expected, not 422 period-closed: May 2024 is closed. Book in June.")
    assert "(trace " in told
    assert told.endswith("GET /v1/administrations/lib-nl/refused")


async def test_an_assertion_about_a_status_shows_the_reason(clerk: httpx.AsyncClient) -> None:
    answer = await clerk.post("/v1/administrations/lib-nl/bookings", json={"kind": "fine", "lines": []})

    assert repr(answer).startswith("<422 ")
    assert "idempotency-key" in repr(answer).lower()


def test_what_is_logged_in_the_ordinary_course_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("any").info("http-request", status=200)
    structlog.get_logger("any").warning("request-put-off", error="Retry")

    out, err = capsys.readouterr()
    assert out == ""
    assert err == "level='warning' event='request-put-off' error='Retry'\n"
