"""The schema of reminders, on top of the read model of parties and items."""

PACKAGES = ("read_model.schema", "read_model.item_schema", "services.reminders.migrations")
"""Where its .sql files are, in the order in which they are applied."""
