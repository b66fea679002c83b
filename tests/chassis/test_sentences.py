"""A sentence is English text that can be said in another language with the same values."""

import pickle
from decimal import Decimal
from string import Formatter

import pytest

from chassis.errors import Poison, Refused
from chassis.languages import MAX_RETOLD_CHARACTERS, Language, Languages, preferences
from chassis.sentences import Amount, Count, Retold, Sentence, joined, one_of

DUTCH = Language(
    "nl",
    {
        "No set has the id {set_id}.": "Er is geen set met het id {set_id}.",
        "Use {known}.": "Gebruik {known}.",
        "{one} or {other}": "{one} of {other}",
        "{open_now} is open.": "Er staat {open_now} open.",
    },
)
CHASSIS = Languages(["chassis", "read_model"])


def test_a_refusal_says_in_english_what_it_always_said() -> None:
    refusal = Refused("unknown-set", "No set has the id {set_id}.", set_id=7, field="set_id", remedy="See the list.")

    assert refusal.message == "No set has the id 7."
    assert str(refusal) == "No set has the id 7. Field: set_id. See the list."
    assert refusal.args == ("No set has the id 7.",)


def test_a_refusal_is_said_in_another_language_with_its_values() -> None:
    refusal = Refused("unknown-set", "No set has the id {set_id}.", set_id=7, known=3, remedy="Use {known}.")

    assert DUTCH.say(refusal.message) == "Er is geen set met het id 7."
    assert DUTCH.say(refusal.remedy or "") == "Gebruik 3."


def test_braces_in_a_value_are_nothing_but_braces() -> None:
    poison = Poison(
        "unknown-set", "No set has the id {set_id}.", set_id="{set_id} {0} {", remedy="Use {known}.", known="}{"
    )

    assert poison.message == "No set has the id {set_id} {0} {."
    assert DUTCH.say(poison.message) == "Er is geen set met het id {set_id} {0} {."
    assert DUTCH.say(poison.remedy or "") == "Gebruik }{."


def test_a_refusal_that_is_passed_on_keeps_its_sentence() -> None:
    poison = Poison("unknown-set", "No set has the id {set_id}.", set_id="{")

    refusal = Refused(poison.code, poison.message, remedy=poison.remedy)

    assert DUTCH.say(refusal.message) == "Er is geen set met het id {."


def test_a_sentence_within_a_sentence_is_said_in_the_same_language() -> None:
    sentence = Sentence("Use {known}.", known=one_of(["clerk", "approver", "operator"]))

    assert sentence == "Use clerk or approver or operator."
    assert DUTCH.say(sentence) == "Gebruik clerk of approver of operator."


def test_sentences_one_after_the_other_are_each_said() -> None:
    both = joined(
        [Sentence("Use {known}.", known="a"), "{as it is}", Sentence("No set has the id {set_id}.", set_id=1)]
    )

    assert both == "Use a. {as it is} No set has the id 1."
    assert DUTCH.say(both) == "Gebruik a. {as it is} Er is geen set met het id 1."


@pytest.mark.parametrize(
    ("amount", "english", "dutch"),
    [
        ("12.50", "12.50 EUR", "12,50 EUR"),
        ("-1234567.05", "-1234567.05 EUR", "-1.234.567,05 EUR"),
        ("1200", "1200 EUR", "1.200 EUR"),
        ("0.001", "0.001 EUR", "0,001 EUR"),
    ],
)
def test_an_amount_has_the_separators_of_the_language(amount: str, english: str, dutch: str) -> None:
    sentence = Sentence("{open_now} is open.", open_now=Amount(Decimal(amount), "EUR"))

    assert sentence == f"{english} is open."
    assert DUTCH.say(sentence) == f"Er staat {dutch} open."


def test_a_count_has_the_separators_of_the_language() -> None:
    sentence = Sentence("{open_now} is open.", open_now=Count(1_234_567))

    assert sentence == "1,234,567 is open."
    assert DUTCH.say(pickle.loads(pickle.dumps(sentence))) == "Er staat 1.234.567 open."  # noqa: S301  # our own bytes


def test_what_is_no_sentence_of_ours_stays_as_it_is() -> None:
    assert DUTCH.say("No set has the id {set_id}.") == "No set has the id {set_id}."
    assert DUTCH.say(Sentence("Nobody translated {this}.", this=1)) == "Nobody translated 1."


def test_a_sentence_goes_from_one_process_to_another() -> None:
    sentence = Sentence("Use {known}.", known=Amount(Decimal("0.50"), "DKK"))

    arrived = pickle.loads(pickle.dumps(sentence))  # noqa: S301  # our own bytes

    assert arrived == "Use 0.50 DKK."
    assert DUTCH.say(arrived) == "Gebruik 0,50 DKK."


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("nl", "nl"),
        ("NL", "nl"),
        ("nl-BE", "nl"),
        ("da-DK;q=0.5", "da"),
        ("da-DK;q=0.5, nl;q=0.4", "da"),
        ("da;q=0.4, nl;q=0.5", "nl"),
        ("en, nl;q=0.9", "en"),
        ("fr-BE, fr;q=0.9, nl-BE;q=0.8, en;q=0.1", "nl"),
        ("fr", "en"),
        ("*", "en"),
        ("nl;q=0", "en"),
        ("nl;q=0, da;q=0.001", "da"),
        ("nl;q=high, da;q=0.1", "da"),
        ("nl;q=nan, da;q=0.1", "da"),
        ("nl;q=7", "en"),
        ("nl;level=1", "en"),
        (" da ; Q=0.3 ,nl; q=0.2", "da"),
        (";;,,=", "en"),
    ],
)
def test_the_language_is_the_best_of_those_that_are_asked(header: str | None, expected: str) -> None:
    assert CHASSIS.accepted(header).tag == expected


def test_a_language_header_without_end_is_not_read_to_its_end() -> None:
    assert len(preferences(",".join(f"a{number}" for number in range(10_000)))) == 20


@pytest.mark.parametrize(
    ("kept", "meant"),
    [
        ("No set has the id {7}.", "Er is geen set met het id {7}."),
        ("12.50 EUR is open.", "12.50 EUR is open."),
        ("No set has the id 7. No set has the id 8.", "Er is geen set met het id 7. Er is geen set met het id 8."),
        ("No set has the id 7. Nobody said this.", "Er is geen set met het id 7. Nobody said this."),
        ("Nobody said this. No set has the id 7.", "Nobody said this. No set has the id 7."),
        ("Use this.", "Use this."),
        ("", ""),
    ],
)
def test_a_sentence_that_was_kept_in_english_is_told_as_far_as_it_is_recognised(kept: str, meant: str) -> None:
    assert DUTCH.say(Retold(kept)) == meant


def test_a_refusal_that_was_kept_as_one_text_is_told_with_field_and_remedy() -> None:
    refusal = Refused(
        "unknown-administration",
        "No administration {administration} is configured.",
        administration="x",
        field="administration",
        remedy="Configure it first: openitems configure FILE.yaml.",
    )

    told = CHASSIS.spoken("da").say(Retold(str(refusal)))

    assert told == ("Regnskab x er ikke sat op. Felt: administration. Sæt det op først: openitems configure FIL.yaml.")


@pytest.mark.parametrize("package", ["services.writeoff", "services.matching", "services.reminders", "console"])
def test_a_text_that_is_nearly_a_sentence_in_many_ways_is_left_alone(package: str) -> None:
    """Looked for in every way in which its parts may be cut, one such text would take half a minute."""
    language = Languages(("chassis", "read_model", package)).spoken("nl")
    for template in language.templates:
        first, *others = [text for text, *_ in Formatter().parse(template)]
        endless = first + "".join(others) * 1_000
        text = f"{endless[: MAX_RETOLD_CHARACTERS - 1]}\0"

        assert language.retold(text).endswith("\0")


def test_the_values_of_a_sentence_that_was_kept_are_as_short_as_they_can_be() -> None:
    kept = "Version 1 of a of b was told before with other content."

    assert CHASSIS.spoken("nl").retold(kept) == "Versie 1 van a of b is eerder met andere inhoud gemeld."
