"""Reading a letter back: its text, its structure, the code on it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pypdfium2
import zxingcpp
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

MM = 25.4 / 72
"""Millimetres per point."""

SCALE = 3
"""Dots per point when a page is drawn to look for its code: 216 dots per inch, as a telephone would see it."""


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def catalogue(pdf: bytes) -> DictionaryObject:
    """What the PDF says about itself as a whole."""
    return dictionary(reader(pdf).trailer["/Root"])


def dictionary(value: object) -> DictionaryObject:
    resolved = value.get_object() if isinstance(value, IndirectObject) else value
    assert isinstance(resolved, DictionaryObject)
    return resolved


def pages(pdf: bytes) -> list[str]:
    """Text of each page as a reader of the page would copy it."""
    document = pypdfium2.PdfDocument(pdf)
    return [str(page.get_textpage().get_text_range()).replace("\r\n", "\n") for page in document]


def text(pdf: bytes) -> str:
    """Text of all pages; spaces that forbid a line break read as spaces."""
    return "\n".join(pages(pdf)).replace("\u00a0", " ").replace("\u202f", " ")


def words(pdf: bytes) -> str:
    """Text of all pages as one line."""
    return " ".join(text(pdf).split())


def box(pdf: bytes, phrase: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a phrase on the first page, in millimetres from the page's top left corner."""
    page = pypdfium2.PdfDocument(pdf)[0]
    found = page.get_textpage()
    start, length = found.search(phrase).get_next()
    characters = [found.get_charbox(start + offset) for offset in range(length)]
    height = page.get_height()
    left, bottom = min(box[0] for box in characters), min(box[1] for box in characters)
    right, top = max(box[2] for box in characters), max(box[3] for box in characters)
    return left * MM, (height - top) * MM, right * MM, (height - bottom) * MM


def rightmost(pdf: bytes) -> float:
    """Where the text of the first page ends on the right, in millimetres from the page's left."""
    found = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    return max(float(found.get_charbox(number)[2]) for number in range(found.count_chars())) * MM


def codes(pdf: bytes) -> list[str]:
    """Contents of the QR codes on the first two pages, read off the drawn page."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for number in range(min(len(document), 2)):
        image = document[number].render(scale=SCALE).to_pil().convert("L")
        found += [barcode.text for barcode in zxingcpp.read_barcodes(image)]
    return found


def elements(pdf: bytes) -> Iterator[DictionaryObject]:
    """Elements of the structure, in reading order."""

    def walk(node: object) -> Iterator[DictionaryObject]:
        resolved = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(resolved, ArrayObject):
            for child in resolved:
                yield from walk(child)
        elif isinstance(resolved, DictionaryObject):
            if "/S" in resolved:
                yield resolved
            yield from walk(resolved.get("/K"))

    yield from walk(dictionary(catalogue(pdf)["/StructTreeRoot"])["/K"])


def roles(pdf: bytes) -> list[str]:
    """Structure types of the tagged content, in reading order."""
    return [str(element["/S"]).removeprefix("/") for element in elements(pdf)]


def alternatives(pdf: bytes) -> list[str]:
    """What is said in place of each picture."""
    return [str(element["/Alt"]).replace("\u00a0", " ") for element in elements(pdf) if "/Alt" in element]


def fonts(pdf: bytes) -> dict[str, bool]:
    """Fonts of all pages, and whether each is embedded."""
    found: dict[str, bool] = {}
    for page in reader(pdf).pages:
        for font in dictionary(dictionary(page["/Resources"])["/Font"]).values():
            descendants = dictionary(font)["/DescendantFonts"]
            assert isinstance(descendants, ArrayObject)
            descendant = dictionary(descendants[0])
            descriptor = dictionary(descendant["/FontDescriptor"])
            embedded = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
            found[str(descendant["/BaseFont"])] = embedded
    return found
