"""Addresses as the post wants them, and the window's room for them."""

from __future__ import annotations

import re

from babel import Locale

from services.reminders.letters.model import PostalAddress
from services.reminders.letters.refusals import MissingAddress

DUTCH_CODE = re.compile(r"^(\d{4})\s*([A-Z]{2})$")
"""PostNL asks for a space within the postal code and two between it and the city, in capitals."""

CODE_AFTER_CITY = frozenset({"GB", "IE"})
"""Countries that put the postal code on a line of its own after the city (Royal Mail)."""


SORTED_BY_CODE = frozenset({"AT", "BE", "DE", "DK", "FR", "LU", "NL", "NO", "SE"})
"""Countries in which a letter without a postal code is not delivered in time."""


def address_lines(address: PostalAddress, *, posted_in: str, locale: Locale) -> tuple[str, ...]:
    """Lines of an address: name, details, street, postal code and city, and the country when it is abroad.

    The country is in capitals in the letter's language, as the Universal Postal Union asks. Parts that are missing
    leave no empty line.
    """
    lines = (address.name, *address.details, address.street, *place(address), *abroad(address, posted_in, locale))
    return tuple(line for line in lines if line.strip())


def check_address(address: PostalAddress, *, by_post: bool) -> None:
    """Raise MissingAddress for the first part that is missing: only the name counts when nothing goes by post."""
    for field in ("name", "street", "city", "country") if by_post else ("name",):
        if not getattr(address, field).strip():
            raise MissingAddress(field)
    if by_post and not address.postal_code.strip() and address.country in SORTED_BY_CODE:
        raise MissingAddress("postal_code")


def place(address: PostalAddress) -> tuple[str, ...]:
    """Return the lines of postal code and city."""
    code, city = address.postal_code.strip(), address.city.strip()
    if address.country in CODE_AFTER_CITY:
        return tuple(line for line in (city.upper(), code.upper()) if line)
    if address.country == "NL":
        return ("\u00a0\u00a0".join(filter(None, (DUTCH_CODE.sub(r"\1 \2", code.upper()), city.upper()))),)
    return (f"{code} {city}".strip(),)


def abroad(address: PostalAddress, posted_in: str, locale: Locale) -> tuple[str, ...]:
    """Return the line of the country, when the letter leaves the sender's."""
    if address.country in {posted_in, ""}:
        return ()
    return (str(locale.territories.get(address.country, address.country)).upper(),)


def return_line(address: PostalAddress) -> str:
    """Return the sender's address as one line, printed small above the addressee's."""
    return " · ".join((address.name, address.street, f"{address.postal_code} {address.city}".strip()))
