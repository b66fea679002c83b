"""The ledger of open items: the one place that decides what is open.

Owns the items' facts, their open amounts, and the matches (clearing entries) that settle them.
Consumes `item-posted`, `item-changed`, `party-updated`, `administration-configured`, `match-requested`,
`reminder-issued` and `bailiff-referred`. Publishes `items-matched` and `match-rejected`, and `item-posted` for the
remainder of a tolerated difference.
"""
