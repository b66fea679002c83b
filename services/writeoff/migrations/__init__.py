"""Forward-only migrations of the schema `writeoff`."""

PACKAGES = ("read_model.schema", "read_model.item_schema", "services.writeoff.migrations")
"""Where its .sql files are, in the order in which they are applied."""
