"""Reminders: decides who is reminded of what, and sends it.

Owns control lists, runs, reminders, their documents, and each debtor's last-reminder date and level.
Consumes administration-configured, party-updated, item-posted, item-changed, items-matched, reminder-issued and
bailiff-referred. Publishes reminder-issued, and item-posted for the fees and interest that it books.
"""
