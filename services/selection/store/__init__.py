"""Typed functions over the SQL of selections, by subject: the only place that loads its queries.

Sets: `sets`, `members`, `comparisons`, `explanations`. Criteria and columns as SQL: `predicate`, `columns`. What clerks
keep by name: `saved_criteria`, `layouts`. Files: `exports`, `control_reports`, `reports`. Write-offs: `write_offs`,
`publication`, `answers`. And `blacklist`, `audit`.
"""

QUERIES = "services.selection"
"""The package whose folder `sql` has the statements."""
