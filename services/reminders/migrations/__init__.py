"""The schema of reminders, on top of the read model of parties and items."""

PACKAGES = ("chassis.projection.schema", "chassis.projection.item_schema", "services.reminders.migrations")
"""Where its .sql files are, in the order in which they are applied."""
