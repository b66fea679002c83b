"""Typed functions over the SQL of write-offs, by subject: the only place that loads its queries."""

from __future__ import annotations

QUERIES = "services.writeoff"
"""The package whose folder `sql` has the queries."""
