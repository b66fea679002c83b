"""Typed functions over the service's SQL."""

QUERIES = "services.reminders"
"""Where the queries are."""
