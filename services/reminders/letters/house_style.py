"""How a library's letters look and read: sender, logo, colours, window, texts of its own; and the head made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from services.reminders.letters.model import PostalAddress
from services.reminders.letters.postal import return_line
from services.reminders.letters.printable import Coverage, printable
from services.reminders.letters.refusals import InvalidStyle

ACCENT = "#1f3a5f"
"""Default accent colour: a dark blue that keeps its contrast (over 7:1 on white) when printed grey."""

LOGO_BYTES_MAX = 512 * 1024
LOGO_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"<svg": "svg", b"<?xml": "svg"}
FOOTER_COLUMNS_MAX = 4


@dataclass(frozen=True, slots=True)
class Window:
    """Where the envelope shows the address, in millimetres from the top left corner of the A4 page."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


WINDOWS: Mapping[str, Window] = MappingProxyType(
    {
        "BE": Window(105, 45, 90, 40),
        "FR": Window(105, 45, 90, 40),
        "LU": Window(105, 45, 90, 40),
        "DE": Window(20, 45, 85, 45),
        "AT": Window(20, 45, 85, 45),
        "DK": Window(15, 44, 105, 35),
        "NL": Window(20, 45, 90, 40),
    }
)
"""Window by the sender's country, since envelopes are bought where the letter is posted.

DE and AT: DIN 5008 form B (20/45, 85 x 45 mm). DK: the Scandinavian C5 window (15/44, 105 x 35 mm). BE, FR, LU: window
on the right that leaves 15 mm beside and 30 mm below it free, as bpost asks. NL: the left window of EA5/6 and C5
envelopes (NEN 1026). A house whose envelopes differ sets its own.
"""
DEFAULT_WINDOW = WINDOWS["DE"]


@dataclass(frozen=True, slots=True)
class LetterSender:
    """Who writes: printed as letterhead, return line and signature. `registration` are lines for the foot.

    `enterprise_number` is the Belgian one; without it, the one that `registration` names holds.
    """

    address: PostalAddress
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    registration: tuple[str, ...] = ()
    signatory: str = ""
    enterprise_number: str | None = None


@dataclass(frozen=True, slots=True)
class LevelText:
    """The words of one level: subject, paragraphs before the items, paragraphs after the payment instructions."""

    subject: str
    opening: tuple[str, ...]
    closing: tuple[str, ...] = ()


TextKey = tuple[str, str, int]
"""Layout, language and level of a text of the house."""


@dataclass(frozen=True, slots=True)
class HouseStyle:
    """Sender, look and own texts, which all letters of one administration share.

    `logo` is the content of a PNG, JPEG or SVG file; `texts` overrides or adds levels; `font_files` are further fonts
    (paths) for scripts that the bundled ones lack, searched after them.
    """

    sender: LetterSender
    accent: str = ACCENT
    logo: bytes = b""
    logo_height_mm: float = 16
    window: Window | None = None
    texts: Mapping[TextKey, LevelText] = field(default_factory=dict)
    font_files: tuple[str, ...] = ()

    def placed_window(self) -> Window:
        """Return the window of the house, or else the one of the sender's country."""
        return self.window or WINDOWS.get(self.sender.address.country, DEFAULT_WINDOW)

    def layouts(self) -> tuple[str, ...]:
        """Names of the layouts that letters may ask for."""
        return tuple(sorted({"standard"} | {layout for layout, _, _ in self.texts}))


def logo_format(logo: bytes) -> str:
    """Tell png, jpeg or svg by the first bytes; raise InvalidStyle for anything else."""
    for signature, name in LOGO_SIGNATURES.items():
        if logo.lstrip().startswith(signature):
            return name
    raise InvalidStyle("The logo is no PNG, JPEG or SVG image.", "logo", "Use a file in one of these formats.")


def check_style(style: HouseStyle) -> None:
    """Raise InvalidStyle for what would spoil every letter of the house."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", style.accent):
        raise InvalidStyle("{accent!r} is no colour.", "accent", "Write it as #rrggbb.", accent=style.accent)
    if len(style.logo) > LOGO_BYTES_MAX:
        raise InvalidStyle(
            "The logo has {count} bytes.",
            "logo",
            "Keep it under {limit} bytes: it is in each letter.",
            count=len(style.logo),
            limit=LOGO_BYTES_MAX,
        )
    if style.logo:
        logo_format(style.logo)
    if len(style.sender.registration) > FOOTER_COLUMNS_MAX:
        raise InvalidStyle(
            "There are too many registration lines.",
            "sender.registration",
            "Keep at most {limit}.",
            limit=FOOTER_COLUMNS_MAX,
        )


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
