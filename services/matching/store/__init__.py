"""Typed functions over the ledger's SQL, by what they are about; nothing else of the service loads its queries.

`items` and `matches` are the ledger itself, `parties` and `runs` what mass runs do to it, `requests` what was answered,
`proposals` previewed runs, `findings` and `revaluations` what runs leave, `reports` what people read out of it.
"""

QUERIES = "services.matching"
"""The package whose `sql/` holds the queries."""
