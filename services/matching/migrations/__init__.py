"""Forward-only SQL of the ledger's schema."""

PACKAGES = ("read_model.schema", "services.matching.migrations")
"""Where its .sql files are, in the order in which they are applied."""
