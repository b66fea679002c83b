"""A rule that is switched off says so, also where it is only a part of another."""

import pytest

from tests.services.writeoff.causes import cancelled, contribution
from tests.services.writeoff.conftest import WriteOffs
from tests.services.writeoff.library import configured


@pytest.mark.parametrize(
    ("rule", "cancelled_on"),
    [("subscription-elapsed", "2026-12-31"), ("subscription-remaining", "2025-12-31")],
    ids=["every month has gone by", "every month is still valid"],
)
async def test_a_cancelled_subscription_whose_only_part_is_switched_off_is_not_told_as_asked(
    writeoffs: WriteOffs, rule: str, cancelled_on: str
) -> None:
    rules = [{"rule": rule, "journal": "A910", "enabled": False}]
    await writeoffs.take(configured(write_off_rules=rules), contribution("C1", 1200))

    await writeoffs.take(cancelled(cancelled_on=cancelled_on))

    assert await writeoffs.rows("SELECT rule, code FROM rule_outcome") == [{"rule": rule, "code": "rule-disabled"}]
    assert await writeoffs.published("match-requested") == []
