"""Reminders by e-mail: one message per reminder, its letter attached, sent over TLS at a bounded pace.

`compose` makes the message, the same bytes for the same reminder; a `Mailer` hands it to the house's mail server and
says what became of it: accepted, to be tried again, or refused for good. `read_bounce` reads what comes back later.
"""
