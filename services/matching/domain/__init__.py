"""Pure decisions of matching: what settles what, for how much, and what is refused. No I/O, no clock, no SQL.

Values: `ledger` (items, lines, matches and their keys), `list_order` (where lists go on), `marking`, `findings`.
What is asked: `forms`, `criteria`, `booking` (dates, journals and periods), `ageing`.
What goes together: `proposing` by method, of which `pairing`, `references` and `combinations` are the longer ones.
What comes of it: `amounts`, `grouping` (a group becomes a match), `requests` (asked by message), `reversals`.
Why not: `why_not_matched` (any run), `why_not_proposed` (one proposal).
"""
