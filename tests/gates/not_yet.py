"""What the gates know not to comply yet. Each list only shrinks, and an empty one goes."""

MISPLACED: dict[str, tuple[str, ...]] = {}
"""Where the checks of the house still find something, by check: the beginnings of paths."""

MISSHAPEN: frozenset[str] = frozenset()
"""What the services' folders lack, or have too much."""

PACKED = frozenset(
    {
        "_bytes.key",
        "_run.how",
    }
)
"""Parameters that pack several arguments: function.parameter."""

NAMES_OF_SEVERAL = frozenset(
    {
        "Account",
        "Accounts",
        "Allocation",
        "Booking",
        "Explained",
        "ItemPlace",
        "Marked",
        "Parties",
        "PartyRange",
        "Step",
    }
)
"""Names that classes of several parts of the house have."""

UNEXPLAINED = frozenset(
    {
        "_entry_of",
        "_open_period",
        "_show",
        "advance_settlement",
        "advance_small_balances",
        "audit_items",
        "audit_matches",
        "change_items",
        "check_booking",
        "decide",
        "items_by_id",
        "match_group",
        "match_mixed",
        "match_opposite_items",
        "queue_execution",
        "request_writeoff",
        "revalue",
        "reverse",
        "seal_period",
        "settle",
        "take_back",
        "zero_balance_days",
    }
)
"""Long statements and functions that do not explain themselves, by name."""

VAGUE = frozenset(
    {
        "A choice of columns.",
        "A period was sealed.",
        "A row of saved_criteria.",
        "A row of selection_set.",
        "A row of writeoff_batch.",
        "A system account.",
        "Add rows.",
        "As it is ordered.",
        "Criteria in either form.",
        "Criteria in every form.",
        "Everything that a set of this type can ask.",
        "Forget a layout.",
        "Layouts, by name.",
        "Lines and entries.",
        "Live totals per currency.",
        "Open items grouped.",
        "Open items per customer.",
        "Partition key `administration:party_id`.",
        "Periods and their export.",
        "Recompute what must hold.",
        "Remember what was shown.",
        "Return the role's password.",
        "Routes of previewed runs.",
        "Routes of the reports.",
        "Routes that queue runs.",
        "Routes that read.",
        "Routes that recompute.",
        "Routes that show accounts.",
        "Routes that stream reports.",
        "Run the command line.",
        "Sets, newest first.",
        "Stop the server.",
        "Stored matches by id.",
        "Sweep until cancelled.",
        "Take groups again.",
        "Tell nobody.",
        "The black list.",
        "The inverse of `headers_to_json`.",
        "The letter was applied.",
        "The names.",
        "The rightmost of them.",
        "The same, confirmed.",
        "The service's Postgres schema.",
        "The service, declared.",
        "What does not hold.",
        "What is named.",
        "What it says.",
        "What names a cause among those of its topic and party, however often it is told.",
        "What names an item in an administration: an id belongs to its party.",
        "What names it.",
        "What the service takes.",
        "What this request asked.",
        "Which event does what.",
        "Work until cancelled.",
        "Write-offs, newest first.",
        "Yes and no.",
        "Yes or no.",
        "`python -m deploy.embedded up|down|status`.",
    }
)
"""Docstrings that say too little, by their text."""
