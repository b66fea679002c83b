"""Criteria are typed in the person's language as well as in ours, and mean the same."""

import pytest

from chassis.errors import Refused
from services.selection.domain.catalogue import Field, catalogue, fields_of
from services.selection.domain.languages import LANGUAGES, Language
from services.selection.domain.sentences import sentence
from services.selection.domain.text_form import as_text, parse
from services.selection.domain.typed_words import typed_words
from tests.services.selection.conftest import Selection, SelectionDesk
from tests.services.selection.library import configured, party, posted

SAID = [
    (
        "open_amount > 100 and age > 2 years and status in (open, invoiced)",
        "openstaand bedrag > 100 en ouderdom > 2 jaar en status in (openstaand, gefactureerd)",
        "restbeløb > 100 og alder > 2 år og status i (åben, faktureret)",
    ),
    ("kind = credit-note or kind = fine", "soort = creditnota of soort = boete", "art = kreditnota eller art = gebyr"),
    ("not blacklisted = yes", "niet op zwarte lijst = ja", "ikke på sortliste = ja"),
    ("blocked = no", "geblokkeerd = nee", "spærret = nej"),
    (
        "item_date between 2026-01-01 and 2026-02-28",
        "datum boeking tussen 1-1-2026 en 28-02-2026",
        "bogføringsdato mellem 01.01.2026 og 28.2.2026",
    ),
    ("voucher starts V", "boekstuknummer begint met V", "bilag begynder med V"),
    ("description contains ja", "omschrijving bevat ja", "tekst indeholder ja"),
    ("invoice_number empty", "factuurnummer leeg", "fakturanummer tom"),
    (
        "party_open_amount > 5 and (party_oldest_age >= 3 years or payment_terms_days > 9)",
        "totaal_openstaand_van_de_klant > 5 en (ouderdom oudste open post >= 3 jaar of betalingstermijn in dagen > 9)",
        "kontoens samlede restbeløb > 5 og (alder på ældste åbne post >= 3 år eller betalingsfrist i dage > 9)",
    ),
    ("days_overdue > 14", "Dagen over tijd > 14 dagen", "DAGE OVER FORFALD > 14 dage"),
]


@pytest.mark.parametrize(("ours", "dutch", "danish"), SAID)
def test_criteria_in_the_persons_language_are_the_same_tree(ours: str, dutch: str, danish: str) -> None:
    tree = parse(ours, "items")

    assert parse(dutch, "items", "nl") == tree
    assert parse(danish, "items", "da") == tree


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ours", [ours for ours, _, _ in SAID])
def test_our_own_words_are_taken_in_every_language(language: Language, ours: str) -> None:
    assert as_text(parse(ours, "items", language)) == as_text(parse(ours, "items"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", fields_of("items"), ids=lambda field: field.name)
def test_every_field_is_asked_by_its_label(language: Language, field: Field) -> None:
    known = field
    asked = "= yes" if known.type == "flag" else "empty"

    tree = parse(f"{known.labels[language]} {asked}", "items", language)

    assert as_text(tree) == f"{known.name} {asked}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_means_two_fields_and_none_is_the_name_of_another(language: Language) -> None:
    words = typed_words(language)

    assert {said: meant for said, meant in words.fields.items() if len(words.fields_called(said)) > 1} == {}
    assert {name: words.fields_called(name) for name in catalogue() if len(words.fields_called(name)) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_field_is_asked_by_its_word(language: Language) -> None:
    words = typed_words(language)
    coded = [field for field in catalogue().values() if field.choices]

    wrong = [
        (field.name, said, words.codes_called(field, said))
        for field in coded
        for said, codes in words.codes.items()
        if len(words.codes_called(field, said)) > 1
        for _ in codes
    ]

    assert len(coded) >= 5
    assert wrong == []


def test_what_can_mean_two_things_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    words = typed_words("nl")
    monkeypatch.setitem(words.fields, "datum boeking", ("item_date", "due_date"))

    with pytest.raises(Refused, match="item_date or due_date") as refused:
        parse("datum boeking leeg", "items", "nl")

    assert refused.value.code == "criteria-ambiguous"


@pytest.mark.parametrize("text", ["openstaand > 1", "bedrag boeking >", "soort eq boete", '"soort" = boete', "en = 1"])
def test_what_is_no_criterion_in_any_language_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text, "items", "nl")


@pytest.mark.parametrize(("language", "asked"), [("nl", "soort = boete"), ("da", "art = gebyr"), ("en", "kind = fine")])
async def test_the_service_reads_criteria_in_the_language_of_who_asks(
    selection: Selection, desk: SelectionDesk, language: str, asked: str
) -> None:
    await selection.take(configured(), party(), posted("I1", kind="fine"), posted("I2", kind="contribution"))

    reader = desk.in_language(language)
    counted = await reader.do("criteria/count", {"criteria": asked})
    read = await reader.do("criteria", {"criteria": asked})

    assert counted["hits"] == 1
    assert read["text"] == "kind = fine"
    assert read["sentences"]["da"] == sentence(parse("kind = fine", "items"), "items", "da")
