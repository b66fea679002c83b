"""A law is a module of rule sets, data with sources, a line in the register and a row of the choices."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from services.reminders import law
from services.reminders.law.published_rates import tables
from services.reminders.law.rule_set import RuleSet, YearlyInterest
from services.reminders.law.rules import RULE_SETS, fee
from tests.services.reminders.law.asking import TODAY, request
from tests.services.reminders.law.choices import CHOSEN

REGISTER = "RULE_SETS of services/reminders/law/rules.py"
WITHOUT_A_RULE_SET = {"be-civil": "the rate of debts that neither the consumers' nor the traders' act is about"}
"""Series that no rule set reckons with, and what they are for."""

EVERY_RULE_SET = pytest.mark.parametrize("rule_set", RULE_SETS, ids=lambda rule_set: rule_set.code)


def declared() -> dict[str, str]:
    """Codes of the rule sets that the modules of the package declare, with the module of each."""
    found: dict[str, str] = {}
    for module in iter_modules(law.__path__):
        if module.name != "rules":
            sets = vars(import_module(f"{law.__name__}.{module.name}")).get("RULE_SETS", ())
            found |= {rule_set.code: module.name for rule_set in sets}
    return found


def test_every_rule_set_is_in_the_register() -> None:
    registered = {rule_set.code for rule_set in RULE_SETS}

    missing = [
        f"{code} of law/{module}.py is not in {REGISTER}"
        for code, module in declared().items()
        if code not in registered
    ]

    assert missing == []
    assert len(registered) == len(RULE_SETS), "two rule sets have the same code"


@EVERY_RULE_SET
def test_every_rule_set_is_named_after_its_country(rule_set: RuleSet) -> None:
    assert rule_set.code.partition("-")[0].upper() == (rule_set.country or "EU")


@EVERY_RULE_SET
def test_every_rule_set_reckons_with_data_that_is_there(rule_set: RuleSet) -> None:
    series = rule_set.interest.series if isinstance(rule_set.interest, YearlyInterest) else None

    assert series is None or series in tables().rates, (
        f"{rule_set.code} reckons with {series}: add it to law/data/rates.toml"
    )
    table = rule_set.compensation
    assert table is None or table in tables().fees, (
        f"{rule_set.code} compensates by {table}: add it to law/data/fees.toml"
    )


@EVERY_RULE_SET
def test_every_rule_set_finds_its_fees(rule_set: RuleSet) -> None:
    try:
        fee(rule_set, request(TODAY, currency=rule_set.currency))
    except KeyError as missing:
        pytest.fail(f"{rule_set.code} asks for the fees {missing}: add them to law/data/fees.toml")


@EVERY_RULE_SET
def test_every_rule_set_is_chosen_by_some_claim(rule_set: RuleSet) -> None:
    codes = {code for _, code in CHOSEN}

    assert rule_set.code in codes, f"{rule_set.code} has no row in CHOSEN of tests/services/reminders/law/choices.py"


def test_every_series_of_rates_is_reckoned_with() -> None:
    used = {rule_set.interest.series for rule_set in RULE_SETS if isinstance(rule_set.interest, YearlyInterest)}

    assert tables().rates.keys() - used == WITHOUT_A_RULE_SET.keys()


def test_every_rate_and_fee_names_its_source() -> None:
    assert [name for name, series in tables().rates.items() if len(series.source) < 10] == []
    assert [name for name, scale in tables().fees.items() if len(scale.source) < 10] == []
