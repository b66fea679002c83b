"""How often one token may ask: a bucket that fills at a rate, and is emptied by requests."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from chassis.errors import TooOften

MOST_BUCKETS = 10_000
"""Tokens whose bucket is remembered; the one that asked longest ago is forgotten first, with a full one."""


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float


class RequestRate:
    """Lets each token `burst` requests at once and `per_second` of them in the long run; `now` gives seconds."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, token_id: str) -> None:
        """Count one request of a token; raises TooOften, with the seconds to wait, when there is none left."""
        now = self._now()
        bucket = self._buckets.pop(token_id, None) or _Bucket(self._burst, now)
        self._buckets[token_id] = bucket
        bucket.left = min(self._burst, bucket.left + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            raise TooOften(math.ceil((1 - bucket.left) / self._per_second), f"{self._per_second:g}")
        bucket.left -= 1
