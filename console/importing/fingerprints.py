"""The fingerprint of an import: of its file, of how that is read, and of what each row becomes in the books."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from console.importing.made import ImportTerms
from console.importing.mapping import ColumnMapping

CHUNK_BYTES = 1 << 20
DIGITS = 12
SEPARATOR = "-"
PARTS = 3


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Three digests, so that it can be said which of the three is another than was confirmed."""

    file: str
    reading: str
    decisions: str

    @classmethod
    def of(cls, path: Path, mapping: ColumnMapping, terms: ImportTerms, decisions: str) -> Self:
        """The fingerprint of what an import would do; who does it, and at which moment, is no part of it."""
        digest = sha256()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        options = (terms.administration, terms.kind, terms.as_of, terms.opening_date, terms.opening_journal)
        reading = sha256(f"{mapping.model_dump_json()}\n{options}".encode()).hexdigest()
        return cls(digest.hexdigest()[:DIGITS], reading[:DIGITS], decisions[:DIGITS])

    def __str__(self) -> str:
        return SEPARATOR.join((self.file, self.reading, self.decisions))

    def difference(self, confirmed: str) -> str | None:
        """What is another than was confirmed: file, reading or decisions; None when nothing is."""
        parts = confirmed.strip().split(SEPARATOR)
        if len(parts) != PARTS:
            return "decisions"
        for name, now, then in zip(("file", "reading", "decisions"), str(self).split(SEPARATOR), parts, strict=True):
            if now != then:
                return name
        return None
