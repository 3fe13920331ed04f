"""Whose key a request carries, as far as the edge needs to know."""

from __future__ import annotations

from typing import NamedTuple

from ingest.rate_limits.windows import Exceeded, RateLimits


class Holder(NamedTuple):
    """The project that a key belongs to.

    `allowed_origins` are the origins that browsers may send from; empty: any. `limits` are the project's and the
    installation's rate limits, and the key's own; `exceeded` those of them that the database says are used up. `key_id` is
    0 for a key without a row. A key that is not `usable` was disabled, or its time after a replacement is over.
    """

    project_id: int
    allowed_origins: tuple[str, ...] = ()
    limits: RateLimits = RateLimits()
    exceeded: tuple[Exceeded, ...] = ()
    key_id: int = 0
    usable: bool = True
