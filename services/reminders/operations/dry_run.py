"""What issuing a run now would send, and what it would drop and why: looked at as issuing does, and nothing changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database import Connection
from chassis.errors import Refused
from read_model.parties import get_administration
from read_model.unmatched_credits import CreditParties, UnmatchedCredit, unmatched_by_party
from services.reminders.domain.drafts import Draft, Occasion, payment_account
from services.reminders.letters.house_style import HouseStyle
from services.reminders.letters.house_style_files import read_style
from services.reminders.operations.chunks import DecidedChunk
from services.reminders.operations.issue import Issuing, LetterSetting, judge, letters_of, made_of
from services.reminders.operations.runs import require_listed
from services.reminders.store.issuing import MemberOutcome
from services.reminders.store.runs import ReminderRun


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What issuing would do about one debtor of a run."""

    party_id: str
    reminders: tuple[Draft, ...]
    dropped: tuple[MemberOutcome, ...]
    unmatched: tuple[UnmatchedCredit, ...] = ()


async def foresee(
    connection: Connection, issuing: Issuing, run: ReminderRun, employee: str, parties: Sequence[str]
) -> list[Foreseen]:
    """What issuing the run now would do about some of its debtors, in their order.

    All is decided but the typesetting, so that only what the typesetter itself gives up on is not foreseen. Raises
    Conflict unless the run can be issued, Refused for what would stop all of it.
    """
    require_listed(run)
    configuration = await get_administration(connection, run.administration)
    payment_account(configuration)
    occasion = await issuing.occasion(configuration, run, employee)
    style = await asyncio.to_thread(read_style, configuration, issuing.house_styles)
    chunk = await judge(connection, run, occasion, parties)
    sent = await _would_be_sent(issuing, chunk, occasion, style)
    reminders: dict[str, list[Draft]] = defaultdict(list)
    for draft in sent:
        reminders[draft.debtor.party_id].append(draft)
    dropped: dict[str, list[MemberOutcome]] = defaultdict(list)
    for outcome in chunk.outcomes:
        dropped[outcome.party_id].append(outcome)
    unmatched = await unmatched_by_party(connection, CreditParties(run.administration, parties))
    return [
        Foreseen(party_id, tuple(reminders[party_id]), tuple(dropped[party_id]), unmatched.get(party_id, ()))
        for party_id in parties
    ]


async def _would_be_sent(issuing: Issuing, chunk: DecidedChunk, occasion: Occasion, style: HouseStyle) -> list[Draft]:
    """The drafts that can be printed, booked and sent; the others are dropped."""
    letters = letters_of(chunk, occasion)
    checked = await issuing.press.check_all([letter for _, letter in letters], style)
    sent = []
    for (draft, letter), refusal in zip(letters, checked, strict=True):
        try:
            if refusal is not None:
                raise refusal
            made_of(draft, letter, LetterSetting(occasion, style), b"")
        except Refused as refused:
            chunk.drop(draft.members, refused.code, str(refused))
        else:
            sent.append(draft)
    return sent
