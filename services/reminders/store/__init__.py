"""Typed functions over the service's SQL."""

PACKAGE = "services.reminders"
"""Where the queries are."""
