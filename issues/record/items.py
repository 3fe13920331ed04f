"""What the digest hands over to be stored besides events, and what it hears back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple


class ItemOutcome(StrEnum):
    """What storing an item came to. The values are those of ingest.ledger.outcomes.Outcome."""

    STORED = "stored"
    SALVAGED = "salvaged"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    INVALID = "invalid"


class Result(NamedTuple):
    """An outcome and its reason; the reason is empty when the outcome says it all."""

    outcome: ItemOutcome
    reason: str = ""


#: How many items of a batch had which result.
Results = Counter[Result]


@dataclass(frozen=True, slots=True)
class Item:
    """An accepted item. `id` is the envelope's event id, or the item's own (32 hex digits).

    The bytes are in `data`, or in the file `path`, which lasts at least until the item is recorded. `meta` is what
    the headers said besides.
    """

    id: str
    received_at: datetime
    sent_at: datetime | None
    data: bytes
    path: Path | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
