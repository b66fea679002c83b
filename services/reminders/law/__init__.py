"""What the law lets a reminder cost: fees, interest and the terms that come before them.

Rules are chosen by country, by the nature of the claim and by the kind of debtor, as they stood on a date:
`rule_set_for` finds them, `fee` and `notice` apply them, `first_interest_day` and `interest` reckon late-payment
interest on what was open each day. Everything is pure; figures are data with their validity and source, read by one
loader (`published_rates`). What the tables do not know is refused by name, never guessed.
"""
