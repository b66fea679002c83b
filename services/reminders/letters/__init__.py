"""Reminder letters: from what a debtor owes to a PDF that may be posted.

A `Letter` says what is owed and by whom, a `HouseStyle` says how the library's letters look and read; `render` turns
the two into the bytes of one tagged PDF (PDF/A-2a and PDF/UA-1), the same bytes for the same input, and `Renderer`
does so for many letters on every core. Nothing here knows of runs, databases or messages.

Every text is data: whatever stands in a name or a description is printed literally, never read as markup. What may
not be printed (a wrong IBAN, a missing address, an unknown language) is refused by name: see `refusals`.
"""
