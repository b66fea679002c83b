"""The schema of selection, after the read model: balances, sets, exports, write-offs, the black list."""

PACKAGES = ("read_model.schema", "read_model.item_schema", "services.selection.migrations")
"""Where its .sql files are, in the order in which they are applied."""
