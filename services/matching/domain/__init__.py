"""Pure decisions of matching: what settles what, for how much, and what is refused.

`ledger` holds the values, `booking` the rules of dates, journals and periods, `settling` amounts, `requests` what is
asked by message, `reversals` undoing.
"""
