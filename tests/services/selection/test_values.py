"""The edges of what a criterion takes, and what files call a flag."""

import pytest

from chassis.errors import Refused
from services.selection.domain.catalogue import catalogue
from services.selection.domain.export_formats import FORMATS, words_of
from services.selection.domain.values import MAX_NUMBER, typed_value

AMOUNT = catalogue()["open_amount"]
FLAG = catalogue()["blocked"]


def test_the_largest_number_is_what_a_sum_of_amounts_can_be() -> None:
    assert MAX_NUMBER == 9 * 10**18
    for largest in (MAX_NUMBER, -MAX_NUMBER):
        assert typed_value(AMOUNT, largest, "value") == largest


@pytest.mark.parametrize("beyond", [MAX_NUMBER + 1, -MAX_NUMBER - 1])
def test_a_number_beyond_it_is_refused(beyond: int) -> None:
    with pytest.raises(Refused) as caught:
        typed_value(AMOUNT, beyond, "value")

    assert caught.value.field == "value"


@pytest.mark.parametrize(
    ("form", "yes", "no"),
    [("csv-nl", "ja", "nee"), ("csv-da", "ja", "nej"), ("csv-en", "yes", "no"), ("xlsx-nl", "ja", "nee")],
)
def test_a_flag_is_yes_or_no_in_the_files_language(form: str, yes: str, no: str) -> None:
    assert words_of(FLAG, FORMATS[form]) == {True: yes, False: no}


def test_a_flag_has_no_words_for_programs() -> None:
    assert words_of(FLAG, FORMATS["csv"]) == {}
