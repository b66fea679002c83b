"""An orchestrator learns whether the process lives and whether to send it work."""

import asyncio

import httpx
import pytest

from chassis.http import Readiness, health
from tests.chassis.http.conftest import Consumer
from tests.chassis.http.small_service import SECRET
from tests.chassis.http.test_problems import DESK
from tests.chassis.issuer import Issuer


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "VERDICT_SECONDS", -1.0)


async def test_readiness_flips_with_its_checks(anonymous: httpx.AsyncClient, readiness: Readiness) -> None:
    trouble: list[str] = []

    async def database() -> str | None:
        return trouble[0] if trouble else None

    readiness.add("database", database)
    seen = [await anonymous.get("/readyz")]
    trouble.append("the database does not answer")
    seen.append(await anonymous.get("/readyz"))
    trouble.clear()
    seen.append(await anonymous.get("/readyz"))

    assert [response.status_code for response in seen] == [200, 503, 200]
    assert seen[1].json() == {"ready": False, "checks": {"database": "the database does not answer"}}
    assert (await anonymous.get("/livez")).status_code == 200


async def test_one_failing_check_is_enough(anonymous: httpx.AsyncClient, readiness: Readiness) -> None:
    async def well() -> str | None:
        return None

    async def broken() -> str | None:
        raise RuntimeError(SECRET)

    readiness.add("relay", well)
    readiness.add("consumer", broken)

    response = await anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {"relay": "ok", "consumer": "the check itself failed"}


async def test_a_check_that_hangs_does_not_hang_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.05)

    async def hangs() -> str | None:
        await asyncio.sleep(30)
        return None

    verdict = await Readiness({"database": hangs}).judge()

    assert verdict.checks == {"database": "no answer within 0.05 s"}


async def test_many_who_ask_at_once_cost_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "VERDICT_SECONDS", 10.0)
    asked = 0

    async def database() -> str | None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return None

    readiness = Readiness({"database": database})
    verdicts = await asyncio.gather(*(readiness.judge() for _ in range(50)))

    assert all(verdict.ready for verdict in verdicts)
    assert asked == 1


async def test_a_service_that_shuts_down_is_not_ready(anonymous: httpx.AsyncClient, readiness: Readiness) -> None:
    readiness.drain()

    response = await anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {"running": "shutting down"}


async def test_metrics_tell_of_requests_by_template_and_of_progress(
    anonymous: httpx.AsyncClient, consumer: Consumer, issuer: Issuer
) -> None:
    consumer.lag = {"item-posted-3": 7}
    token = issuer.bearer(administrations=["j.devries-private"])
    await anonymous.get("/v1/administrations/j.devries-private/items", headers=token)
    await anonymous.get("/no/such/person")

    text = (await anonymous.get("/metrics")).text

    route = f'route="{DESK.replace("lib-nl", "{administration}")}/items"'
    assert f'openitems_http_requests_total{{method="GET",{route},status="200"}}' in text
    assert 'route="unknown",status="404"' in text
    assert 'openitems_consumer_lag_events{partition="3",topic="item-posted"} 7.0' in text
    assert "openitems_outbox_unpublished_events 0.0" in text
    assert "devries" not in text
    assert "person" not in text
