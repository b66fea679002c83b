import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.be import ogm_vcs

from services.reminders.letters.model import ReferenceKind
from services.reminders.letters.references import build_fi, build_ogm, build_rf, check_reference, shown_reference
from services.reminders.letters.refusals import InvalidReference


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (build_ogm(1_234_567_890), "+++123/4567/89002+++"),
        (build_ogm(97), "+++000/0000/09797+++"),
        (build_ogm(9_999_999_999), "+++999/9999/99948+++"),
        (build_rf("539007547034"), "RF18 5390 0754 7034"),
        (build_fi(1), "000000000000018"),
        (build_fi(2_684_014_996_532), "026840149965328"),
    ],
)
def test_references_are_those_of_the_published_examples(built: str, expected: str) -> None:
    assert built == expected


@given(st.integers(0, 9_999_999_999))
def test_every_number_of_ten_digits_makes_a_belgian_message(number: int) -> None:
    built = build_ogm(number)

    assert ogm_vcs.is_valid(built)
    assert shown_reference(check_reference(built, "ogm"), "ogm", None) == built


@given(st.from_regex(r"[A-Z0-9]{1,21}", fullmatch=True))
def test_every_number_of_letters_and_digits_makes_an_iso_reference(number: str) -> None:
    built = build_rf(number)

    assert iso11649.is_valid(built)
    assert check_reference(built, "rf") == built.replace(" ", "")


@given(st.integers(1, 99_999_999_999_999))
def test_every_number_of_fourteen_digits_makes_a_danish_payment_id(number: int) -> None:
    built = build_fi(number)

    assert len(built) == 15
    assert check_reference(built, "fi-71") == built


@given(number=st.integers(1, 99_999_999_999_999), position=st.integers(0, 14), change=st.integers(1, 9))
def test_one_wrong_digit_of_a_danish_payment_id_is_seen(number: int, position: int, change: int) -> None:
    built = build_fi(number)
    wrong = built[:position] + str((int(built[position]) + change) % 10) + built[position + 1 :]

    with pytest.raises(InvalidReference):
        check_reference(wrong, "fi-71")


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("+++123/4567/89003+++", "ogm"),
        ("+++123/4567/8900+++", "ogm"),
        ("RF19 5390 0754 7034", "rf"),
        ("RF18", "rf"),
        ("00000000000018", "fi-71"),
        ("0000000000000018", "fi-71"),
        ("00000000000001x", "fi-71"),
        ("", "text"),
        ("   ", "text"),
        ("x" * 141, "text"),
    ],
)
def test_a_wrong_reference_is_refused_by_name(reference: str, kind: ReferenceKind) -> None:
    with pytest.raises(InvalidReference) as refusal:
        check_reference(reference, kind)

    assert refusal.value.code == "invalid-reference"
    assert refusal.value.field == "payment.reference"
    assert refusal.value.remedy


@pytest.mark.parametrize("number", [-1, 10_000_000_000])
def test_a_number_that_a_belgian_message_has_no_room_for_is_refused(number: int) -> None:
    with pytest.raises(InvalidReference):
        build_ogm(number)


@pytest.mark.parametrize("number", [0, 100_000_000_000_000])
def test_a_number_that_a_danish_payment_id_has_no_room_for_is_refused(number: int) -> None:
    with pytest.raises(InvalidReference):
        build_fi(number)


@pytest.mark.parametrize("number", ["", "x" * 22, "A_B"])
def test_a_text_that_an_iso_reference_cannot_carry_is_refused(number: str) -> None:
    with pytest.raises(InvalidReference):
        build_rf(number)


def test_a_text_of_the_longest_length_is_taken() -> None:
    assert check_reference(" " + "x" * 140, "text") == "x" * 140
