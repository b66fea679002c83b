"""The house style of an administration: its sender, and what a file of the operators adds to it."""

from __future__ import annotations

from contracts.operators import AdministrationConfigured
from services.reminders.domain.drafts import DraftRefused
from services.reminders.letters.model import Address
from services.reminders.letters.style import HouseStyle, Sender


def read_style(configuration: AdministrationConfigured) -> HouseStyle:
    """The style in which the administration's letters are printed; raises DraftRefused without a sender."""
    sender = configuration.sender
    if sender is None:
        raise DraftRefused(
            "missing-sender",
            "The administration has no sender to sign its letters.",
            field="sender",
            remedy="Configure the administration's sender: name, address, IBAN.",
        )
    return HouseStyle(
        sender=Sender(
            address=Address(
                name=sender.name,
                street=sender.street,
                postal_code=sender.postal_code,
                city=sender.city,
                country=sender.country,
            ),
            phone=sender.phone,
            email=sender.email,
            website=sender.website,
        )
    )
