"""What the gates know not to comply yet. Each list only shrinks, and an empty one goes."""

MISPLACED: dict[str, tuple[str, ...]] = {
    "queries_outside_of_stores": (
        "services/writeoff/api/",
        "services/writeoff/consumers.py",
        "services/writeoff/operations/",
    ),
    "statements_outside_of_stores": (
        "services/writeoff/api/",
        "services/writeoff/consumers.py",
        "services/writeoff/operations/",
    ),
    "more_than_the_table": ("services/writeoff/consumers.py",),
}
"""Where the checks of the house still find something, by check: the beginnings of paths."""

MISSHAPEN = frozenset(
    {
        "services/writeoff/overview_files.py is found in no other service",
    }
)
"""What the services' folders lack, or have too much."""
