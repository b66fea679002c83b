"""What Flemish calls otherwise than the Dutch of the Netherlands; all else is said alike."""

from __future__ import annotations

FLEMISH = "nl-BE"
FLEMISH_CODES: dict[str, str] = {
    "contribution": "lidgeld",
    "contributions": "lidgelden",
    "conversion-contributions": "conversie, lidgelden",
    "contribution-not-allowed": "lidgeld mag niet op dit dagboek",
    "bailiff": "bij de gerechtsdeurwaarder",
    "at-bailiff": "bij de gerechtsdeurwaarder",
}
"""By the code, as `code_words` has the others."""
