"""Fingerprints of previews as people repeat them: whole, or the beginning of it, as git takes the names of commits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LEAST_CHARACTERS = 6
"""Fewer would be met by chance: six are one in sixteen million."""

Fingerprint = Annotated[
    str,
    Field(
        pattern=rf"^[0-9a-f-]{{{LEAST_CHARACTERS},64}}$",
        description=f"The preview's fingerprint, or its first characters, {LEAST_CHARACTERS} at least",
    ),
]


def names(typed: str, fingerprint: str) -> bool:
    """Whether somebody who typed this means the fingerprint."""
    return len(typed) >= LEAST_CHARACTERS and fingerprint.startswith(typed)
