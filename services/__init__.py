"""The four services; each owns its folder, its schema and its topics, and imports no other."""
