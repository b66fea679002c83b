"""Forward-only SQL of the ledger's schema."""

PACKAGES = ("chassis.projection.schema", "services.matching.migrations")
"""Where its .sql files are, in the order in which they are applied."""
