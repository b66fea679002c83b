"""Forward-only migrations of the schema `writeoff`."""

PACKAGES = ("chassis.projection.schema", "chassis.projection.item_schema", "services.writeoff.migrations")
"""Where its .sql files are, in the order in which they are applied."""
