"""Migrations of the read model of parties and items."""
