"""Every rule that a configuration may name, in words, wherever it is carried out."""

from __future__ import annotations

from chassis.sentences import Sentence
from contracts.operators import RuleName
from services.writeoff.domain.causes import CAUSES
from services.writeoff.domain.runs import RULES_OF_RUNS

OF_SELECTION: dict[RuleName, Sentence] = {"bulk": Sentence("Open costs are removed in bulk.")}
"""What people select and approve: its journal is offered there, and asked for here like any other."""


def rules_in_words() -> dict[RuleName, Sentence]:
    """Each rule with what it is for."""
    words = dict(OF_SELECTION)
    for kind in CAUSES:
        words |= kind.rules
    for rules in RULES_OF_RUNS.values():
        words |= rules.own
    return words
