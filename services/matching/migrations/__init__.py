"""Forward-only SQL of the ledger's schema."""
