"""The schema of selection, after the read model: balances, sets, exports, write-offs, the black list."""

PACKAGES = ("chassis.projection.schema", "chassis.projection.item_schema", "services.selection.migrations")
"""Where its .sql files are, in the order in which they are applied."""
