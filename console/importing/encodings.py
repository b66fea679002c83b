"""How a text file is encoded: by its byte order mark, as UTF-8, or as the library for it recognises."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from chassis.sentences import Sentence
from console.exits import REFUSED, USAGE, CommandFailed

CHUNK_BYTES = 1 << 20
SAMPLE_BYTES = 64 << 10
"""Of lines that are not ASCII, so much is looked at to recognise a one-byte encoding."""
RECOGNISED = ("cp1252", "cp850", "mac_roman")
"""What the systems of the Netherlands, Belgium and Denmark write, or wrote, where it is not UTF-8."""
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file, and whether it was recognised or declared."""

    name: str
    is_declared: bool
    evidence: str = ""
    """A word of the file with what is not ASCII, as it reads: where it reads wrong, another encoding is meant."""


def is_workbook(path: Path) -> bool:
    """Whether a file is an XLSX; CommandFailed for what is neither a text nor that."""
    with path.open("rb") as file:
        begin = file.read(8)
    if begin == OLD_WORKBOOK:
        raise CommandFailed(
            "{path} is a workbook of an older Excel: save it as .xlsx or as CSV.", REFUSED, path=path.name
        )
    return begin.startswith(WORKBOOK)


def encoding_of(path: Path, declared: str | None) -> Encoding:
    """The encoding of all of a file; CommandFailed where it is not what was declared, or cannot be recognised."""
    with path.open("rb") as file:
        begin = file.read(4)
    marked = next((name for mark, name in MARKS.items() if begin.startswith(mark)), None)
    if declared is not None:
        return _declared(path, declared, marked)
    if marked is not None:
        _check_decodes(path, marked)
        return Encoding(marked, is_declared=False)
    if b"\x00" in begin:
        name = "utf-16-le" if begin[1:2] == b"\x00" else "utf-16-be"
        _check_decodes(path, name)
        return Encoding(name, is_declared=False)
    return _unmarked(path)


def _declared(path: Path, declared: str, marked: str | None) -> Encoding:
    try:
        name = codecs.lookup(declared).name
    except LookupError as error:
        raise CommandFailed(
            "The mapping's encoding {name} is unknown: use one such as utf-8, utf-16, cp1252 or latin-1.",
            USAGE,
            name=declared,
        ) from error
    if name in {"utf-8", "utf-8-sig"} and marked in {None, "utf-8-sig"}:
        name = "utf-8-sig"  # a mark is no part of the first heading
    _check_decodes(path, name)
    return Encoding(name, is_declared=True)


def _check_decodes(path: Path, name: str) -> None:
    """Read all of the file once; CommandFailed with the place where it is not in this encoding."""
    decoder = codecs.getincrementaldecoder(name)()
    done = 0
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
                done += len(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise CommandFailed(
                "{path} is not written in {encoding}: byte {place} or one soon behind it is none of its characters. "
                "Say in the mapping which encoding it is, or save the file as UTF-8.",
                REFUSED,
                path=path.name,
                encoding=name,
                place=done + getattr(error, "start", 0) + 1,
            ) from error


def _unmarked(path: Path) -> Encoding:
    """UTF-8 where all of it is; else by the lines that are not ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    sample = bytearray()
    is_utf8 = True
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            if not chunk.isascii() and len(sample) < SAMPLE_BYTES:
                sample += b"".join(line for line in chunk.splitlines(keepends=True) if not line.isascii())
        if is_utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                is_utf8 = False
    evidence = bytes(sample[:SAMPLE_BYTES])
    if is_utf8:
        return Encoding("utf-8", is_declared=False, evidence=_first_word(evidence.decode("utf-8", "ignore")))
    return _one_byte(path, evidence)


def _one_byte(path: Path, sample: bytes) -> Encoding:
    """What the library takes the sample for; latin-1 is cp1252, but for characters that nobody writes."""
    found = from_bytes(sample, cp_isolation=list(RECOGNISED)).best()
    if found is None:
        raise CommandFailed(
            "The encoding of {path} is not recognised. Say in the mapping which it is, or save the file as UTF-8.",
            REFUSED,
            path=path.name,
        )
    _check_decodes(path, found.encoding)
    return Encoding(found.encoding, is_declared=False, evidence=_first_word(str(found)))


def _first_word(text: str) -> str:
    words = (word.strip(';,"\t') for word in text.replace(";", " ").replace(",", " ").split())
    return next((word for word in words if not word.isascii()), "")


def told_encoding(encoding: Encoding) -> Sentence:
    """How the encoding is said to whoever imports."""
    if encoding.is_declared:
        return Sentence("{name}, as the mapping says", name=encoding.name)
    if encoding.evidence:
        return Sentence("{name}, recognised; it reads {word!r}", name=encoding.name, word=encoding.evidence)
    return Sentence("{name}, recognised", name=encoding.name)
