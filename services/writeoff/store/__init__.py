"""Typed functions over the SQL of write-offs, by subject: the only place that loads its queries."""
