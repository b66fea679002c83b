"""What an administration's configuration may not say: each named, so that the operator knows what to mend."""

import json
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
