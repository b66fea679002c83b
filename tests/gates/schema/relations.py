"""Which table's rows belong to which: said here, since no foreign key is declared for facts that come in any order."""

from dataclasses import dataclass
from typing import Literal

How = Literal["||--o{", "||--o|", "}o--o{"]
"""As Mermaid draws it: one to many, one to at most one, many to many."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What one row of `parent` is to the rows of `child`: parent, verb, child read as a sentence."""

    parent: str
    verb: str
    child: str
    how: How = "||--o{"


SHARED = (
    Relation("administration", "keeps the accounts of", "party"),
    Relation("party", "owes or is owed by", "item"),
)

RELATIONS: dict[str, tuple[Relation, ...]] = {
    "matching": (
        Relation("administration", "keeps the accounts of", "party"),
        Relation("account", "has", "item"),
        Relation("item", "is changed by", "item_state", "||--o|"),
        Relation("item", "is open as", "open_item", "||--o|"),
        Relation("match", "settles", "item", "}o--o{"),
        Relation("match", "is undone by", "match", "||--o|"),
        Relation("match", "answers", "answered_request", "||--o|"),
        Relation("proposal", "groups into", "proposal_group"),
        Relation("proposal_group", "would settle", "proposal_item"),
        Relation("match", "came of", "proposal_item"),
        Relation("proposal", "holds", "reservation"),
        Relation("open_item", "is held by", "reservation", "||--o|"),
        Relation("account", "is revalued by", "revaluation"),
        Relation("account", "is left with", "finding"),
    ),
    "selection": (
        *SHARED,
        Relation("selection_set", "consists of", "set_member"),
        Relation("selection_set", "is exported as", "control_report"),
        Relation("selection_set", "is written off by", "writeoff_batch"),
        Relation("writeoff_batch", "leaves out", "left_out_item"),
        Relation("writeoff_batch", "is asked as", "writeoff_request"),
        Relation("writeoff_request", "is refused by", "match_rejection", "||--o|"),
        Relation("blacklist", "came about by", "blacklist_change"),
    ),
    "reminders": (
        *SHARED,
        Relation("reminder_run", "lists", "run_item"),
        Relation("reminder_run", "issues", "reminder"),
        Relation("reminder", "reminds of", "reminder_item"),
        Relation("reminder", "carries", "run_item"),
        Relation("reminder", "is sent as", "reminder_email", "||--o|"),
        Relation("document", "shows", "reminder", "||--o|"),
    ),
    "writeoff": (
        *SHARED,
        Relation("batch", "waits as", "open_batch", "||--o|"),
        Relation("batch", "moves by", "batch_step"),
        Relation("batch", "is looked at for", "stirred_batch"),
        Relation("batch", "ends with", "batch_outcome", "||--o|"),
        Relation("batch", "consists of", "request"),
        Relation("request", "is decided by", "approval", "||--o|"),
        Relation("request", "asks for", "request_line"),
        Relation("request_line", "is refused as", "skipped_line", "||--o|"),
        Relation("request", "asks the ledger by", "ask"),
        Relation("ask", "is answered by", "answer", "||--o|"),
        Relation("request", "is booked as", "entry"),
        Relation("entry", "consists of", "entry_line"),
        Relation("entry", "is taken back by", "entry", "||--o|"),
        Relation("sealed_period", "closes", "entry"),
        Relation("journal", "is booked on by", "entry"),
        Relation("cause", "comes to", "rule_outcome"),
        Relation("rule_outcome", "makes", "request", "||--o|"),
        Relation("cause", "gives back", "release"),
        Relation("settlement", "is undone by", "release"),
        Relation("release", "is answered by", "release_answer"),
    ),
}
"""Per service, in the order in which they are drawn."""
