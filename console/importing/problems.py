"""What is said of a row that cannot be taken: which column, what is wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.sentences import Sentence


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row is refused; `column` is the heading of its cell, or the field where it comes from no single cell."""

    column: str
    reason: Sentence
    remedy: Sentence


class RowRefused(Exception):
    """A row that cannot become an event."""

    def __init__(self, column: str, reason: Sentence, remedy: Sentence) -> None:
        super().__init__(f"{column}: {reason} {remedy}")
        self.problem = RowProblem(column, reason, remedy)
