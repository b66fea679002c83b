"""Typed functions over the ledger's SQL: `items`, `matches`, `runs`, `reports`, `audit`."""
