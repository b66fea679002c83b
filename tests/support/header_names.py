"""A header whose name is no text, as only a client of another language sends it: made by hand out of a whole batch."""

import struct
from typing import Any

from aiokafka.record.util import calc_crc32c

PLACEHOLDER, NO_TEXT = "zzzzzzzz", b"\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc"
CRC_AT, CHECKED_FROM = 17, 21
"""Where a batch keeps its checksum, and from where on it is made."""


def without_text(raw: Any) -> bytes:
    """The batch, with bytes that are no text where PLACEHOLDER stood."""
    forged = bytearray(bytes(raw).replace(PLACEHOLDER.encode(), NO_TEXT))
    struct.pack_into(">I", forged, CRC_AT, calc_crc32c(bytes(forged[CHECKED_FROM:])))
    return bytes(forged)
