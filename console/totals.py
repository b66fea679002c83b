"""Whether the services agree on what is open: their totals per party and currency, merged in key order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import merge
from itertools import groupby
from typing import Any

Json = dict[str, Any]
Keyed = tuple[tuple[str, str], str, Json]

MAX_DIFFERENCES = 1_000


def disagreements(totals: Mapping[str, Iterable[Json]]) -> tuple[int, list[Json]]:
    """How many accounts were compared, and those on which services differ.

    Each service's totals come in the order of (party_id, currency), bytewise; none is held in memory.
    """
    streams = [_keyed(service, rows) for service, rows in totals.items()]
    accounts = 0
    differing: list[Json] = []
    for key, group in groupby(merge(*streams, key=lambda row: _bytes(*row[0])), key=lambda row: row[0]):
        accounts += 1
        stated = {service: row["open_amount"] for _, service, row in group}
        amounts = {service: stated.get(service, 0) for service in totals}
        if len(set(amounts.values())) > 1 and len(differing) < MAX_DIFFERENCES:
            detail = ", ".join(f"{service} {amount}" for service, amount in amounts.items())
            differing.append(
                {
                    "service": "all",
                    "invariant": "the projections agree with the ledger",
                    "party_id": key[0],
                    "currency": key[1],
                    "detail": detail,
                }
            )
    return accounts, differing


def _keyed(service: str, rows: Iterable[Json]) -> Iterable[Keyed]:
    for row in rows:
        yield (row["party_id"], row["currency"]), service, row


def _bytes(party_id: str, currency: str) -> tuple[bytes, bytes]:
    return party_id.encode(), currency.encode()
