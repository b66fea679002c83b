"""What the template prints on every letter of one house."""

from __future__ import annotations

import json

from services.reminders.letters.house_style import HouseStyle, LetterSender, logo_format
from services.reminders.letters.postal import return_line
from services.reminders.letters.printable import Coverage, printable


def house(style: HouseStyle, coverage: Coverage) -> str:
    """Return the house's part of a letter as JSON."""
    window, sender = style.placed_window(), style.sender
    content = {
        "accent": style.accent,
        "window": [window.left_mm, window.top_mm, window.width_mm, window.height_mm],
        "name": printable(sender.address.name, coverage),
        "return_line": printable(return_line(sender.address), coverage),
        "contact": [printable(line, coverage) for line in contact(sender)],
        "registration": [printable(line, coverage) for line in sender.registration],
        "signatory": printable(sender.signatory, coverage),
        "logo": logo_file(style),
        "logo_height": style.logo_height_mm,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def logo_file(style: HouseStyle) -> str:
    """Name of the logo's file beside the template; empty when the house has no logo."""
    return f"logo.{logo_format(style.logo)}" if style.logo else ""


def contact(sender: LetterSender) -> list[str]:
    """Lines of the letterhead under the sender's name."""
    address = sender.address
    lines = [*address.details, address.street, f"{address.postal_code} {address.city}".strip()]
    return [line for line in (*lines, sender.phone, sender.email, sender.website) if line]
