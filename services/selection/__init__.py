"""Finding open items by criteria, freezing them into named sets, reporting on them, and asking for their write-off.

Owns sets and their members, control reports, the two confirmations of a write-off, and the black list.
Consumes `administration-configured`, `party-updated`, `item-posted`, `item-changed`, `items-matched`,
`match-rejected`, `reminder-issued`, `bailiff-referred` and `items-written-off`.
Publishes `set-created`, `writeoff-requested` and `party-blacklisted`.
"""
