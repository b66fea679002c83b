"""The number by which people name a reminder."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.reminders.domain.references import CLEAR_ALPHABET, reminder_number
from tests.services.reminders.conftest import Reminders
from tests.services.reminders.library import configured, party, posted, profile


@given(st.uuids())
def test_a_number_is_ten_characters_that_nobody_mistakes(reminder_id: UUID) -> None:
    number = reminder_number(reminder_id)

    assert len(number) == 10
    assert set(number) <= set(CLEAR_ALPHABET)


def test_numbers_follow_from_the_first_bits_of_the_id() -> None:
    assert reminder_number(UUID(int=0)) == "0000000000"
    assert reminder_number(UUID(int=2**128 - 1)) == "ZZZZZZZZZZ"
    assert reminder_number(UUID(int=1 << 78)) == "0000000001"


async def test_letter_history_and_voucher_of_the_costs_have_the_same_number(reminders: Reminders) -> None:
    await reminders.take(configured(reminder_profiles=[profile(level_changes={"fee_amount": 500})]), party(), posted())

    await reminders.remind()

    (sent,) = (await reminders.desk.read("parties/P1/reminders"))["items"]
    (fee,) = await reminders.published("item-posted")
    assert sent["number"] == reminder_number(UUID(sent["reminder_id"]))
    assert fee.voucher == f"R1-{sent['number']}"
