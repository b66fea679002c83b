"""Forward-only migrations of the schema `writeoff`."""
