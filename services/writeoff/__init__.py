"""What will never be received: write-offs on A-journals, by hand, in bulk or by rule, and the account given of them.

Owns requests, their answers, the bookings on A-journals, and the outcome of batches.
Consumes `writeoff-requested`, `items-matched`, `match-rejected`, the library's `subscription-cancelled`,
`material-returned`, `checkin-cancelled`, `borrower-enrolled` and `bailiff-referred`, and what the read model keeps.
Publishes `match-requested` and `items-written-off`, and `subscription-cancelled` for what the month's end cancels.

The ledger (matching) alone reduces what is open: this service asks, and books what was granted.
"""
