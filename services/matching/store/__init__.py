"""Typed functions over the ledger's SQL, by what they are about; nothing else of the service loads its queries.

`items` and `matches` are the ledger itself and what it answered, `runs` what mass runs do to it and leave to people,
`proposals` previewed runs, `revaluations` what an exchange adjustment leaves, `reports` what people read out of it,
`imports` files on their way in.
"""

QUERIES = "services.matching"
"""The package whose `sql/` holds the queries."""
