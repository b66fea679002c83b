"""Typed functions over the SQL of selections, by subject: the only place that loads its queries."""
