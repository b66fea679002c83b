"""What an administration's configuration may not say: each named, so that the operator knows what to mend."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.operators import AdministrationConfigured

LABEL = {"nl": "Afboeking", "da": "Afskrivning", "en": "Write-off"}
JOURNALS = [
    {"code": "A100", "type": "A", "label": LABEL, "default_for": ["contributions"]},
    {"code": "A990", "type": "A", "label": LABEL},
    {"code": "V10", "type": "V", "label": LABEL},
]
CHECKIN = {"rule": "checkin-cancelled", "journal": "A990"}


def configured(**changes: Any) -> AdministrationConfigured:
    facts = AdministrationConfigured.example | {"journals": JOURNALS, "write_off_rules": [CHECKIN]} | changes
    return AdministrationConfigured.model_validate_json(json.dumps(facts))


@pytest.mark.requirement("S4.1")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"write_off_rules": [{"rule": "generous", "journal": "A990"}]}, "material-returned"),
        ({"write_off_rules": [CHECKIN, CHECKIN]}, "checkin-cancelled occurs once"),
        ({"write_off_rules": [CHECKIN | {"journal": "V10"}]}, "books on V10, which is no A-journal here"),
        ({"write_off_rules": [CHECKIN | {"journal": "A991"}]}, "books on A991, which is no A-journal here"),
        ({"journals": [JOURNALS[0] | {"type": "V"}]}, "a code begins with A if, and only if"),
        ({"journals": [JOURNALS[2] | {"type": "A"}]}, "a code begins with A if, and only if"),
        ({"journals": [JOURNALS[1], JOURNALS[1]]}, "each code occurs once"),
        ({"journals": [JOURNALS[0] | {"used_for": ["gifts"]}]}, "contributions"),
        ({"journals": [JOURNALS[0] | {"item_limit": 0}]}, "greater than 0"),
        ({"journals": [JOURNALS[0] | {"label": {"nl": "Alleen Nederlands"}}]}, "Field required"),
        ({"journals": [JOURNALS[0] | {"used_for": ["other-costs"]}]}, "A100 is no default for what it is not used for"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused_by_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        configured(**changes)


def test_a_rule_that_is_switched_off_needs_no_journal() -> None:
    switched_off = configured(write_off_rules=[CHECKIN | {"journal": "A991", "enabled": False}])

    assert [rule.enabled for rule in switched_off.write_off_rules] == [False]


QUARTERS = [
    {"year": 2026, "period": 2, "start": "2026-04-01", "end": "2026-06-30"},
    {"year": 2026, "period": 1, "start": "2026-01-01", "end": "2026-03-31", "open": False},
    {"year": 2026, "period": 4, "start": "2026-10-01", "end": "2026-12-31"},
]


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 1),
        (date(2026, 3, 31), 1),
        (date(2026, 4, 1), 2),
        (date(2026, 6, 30), 2),
        (date(2026, 7, 1), None),
        (date(2026, 9, 30), None),
        (date(2026, 10, 1), 4),
        (date(2026, 12, 31), 4),
        (date(2027, 1, 1), None),
    ],
)
def test_the_period_of_a_day_is_found_in_whatever_order_periods_are_told(day: date, period: int | None) -> None:
    found = configured(fiscal_periods=QUARTERS).period_at(day)

    assert (found.period if found else None) == period


def test_looking_for_a_period_changes_nothing_of_a_configuration() -> None:
    looked_at = configured(fiscal_periods=QUARTERS)
    looked_at.period_at(date(2026, 1, 1))

    assert looked_at == configured(fiscal_periods=QUARTERS)
    assert json.loads(looked_at.model_dump_json())["fiscal_periods"][0]["period"] == 2


def test_periods_that_overlap_are_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="2026/9 overlaps the period before it"):
        configured(fiscal_periods=[*QUARTERS, {"year": 2026, "period": 9, "start": "2026-03-01", "end": "2026-03-31"}])
