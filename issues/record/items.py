"""What the digest hands to those who keep the items of envelopes that are no events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

#: How many items had which outcome (a value of ingest.ledger.outcomes.Outcome) for which reason.
Tally = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """An accepted item. `id` is the envelope's event id, or the item's own (32 hex digits).

    The bytes are in `data`, or in the file `path`, which lasts at least until the item is recorded. `meta` is what
    the headers said besides.
    """

    id: str
    received_at: datetime
    sent_at: datetime | None
    remote_addr: str | None
    data: bytes
    path: Path | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
