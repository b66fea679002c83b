"""The schema of selection, after the read model: balances, sets, exports, write-offs, the black list."""
