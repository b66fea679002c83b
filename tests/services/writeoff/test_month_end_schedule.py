"""In which administrations the month's end is run by itself."""

from datetime import timedelta

import pytest

from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import ADMINISTRATION
from tests.services.writeoff.test_runs import LAST_MONTH_END, TODAY, books, queue


@pytest.mark.requirement("S4.8")
async def test_the_months_end_is_run_in_every_administration_however_many_there_are(writeoffs: WriteOffs) -> None:
    await writeoffs.take(books(write_off_rules=[]), books(administration="zz"))
    await writeoffs.rows(
        "INSERT INTO administration (administration, version, configuration) "
        "SELECT 'c' || n, version, configuration FROM administration, generate_series(1, 1000) AS n "
        "WHERE administration = $1",
        ADMINISTRATION,
    )

    await queue(writeoffs, LAST_MONTH_END - timedelta(days=9))

    assert await queue(writeoffs, TODAY) == [("zz", LAST_MONTH_END)]


async def test_nothing_is_scheduled_where_the_rule_is_not_configured(writeoffs: WriteOffs) -> None:
    await writeoffs.take(books(write_off_rules=[]))

    assert await queue(writeoffs, LAST_MONTH_END - timedelta(days=9)) == []
    assert await queue(writeoffs, TODAY) == []
