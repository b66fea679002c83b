"""Letters and addresses leave this machine encrypted, or not at all."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from typing import Literal

Security = Literal["tls", "starttls", "none"]
"""`tls` from the first byte, `starttls` before anything is said, `none` for servers on this machine."""


def trusted(ca_file: str | None) -> ssl.SSLContext:
    """Return the TLS settings: names and chains are checked, nothing below TLS 1.2."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
