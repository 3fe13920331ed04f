"""Items other than events, as the digest passes them to be stored, and the results it gets back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class ItemOutcome(StrEnum):
    """The outcome of storing an item. The values are those of ingest.ledger.outcomes.Outcome."""

    STORED = "stored"
    SALVAGED = "salvaged"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    INVALID = "invalid"


class Result(NamedTuple):
    """An outcome and its reason, a code; the reason is empty where the outcome is enough."""

    outcome: ItemOutcome
    reason: str = ""


#: How many items of a batch had each result.
Results = Counter[Result]


@dataclass(frozen=True, slots=True)
class Item:
    """An accepted item. `id` is the envelope's event id, or the item's own id (32 hex digits).

    The bytes are in `data`, or in the file `path`, which exists at least until the item is recorded. `meta` has the
    item's other headers.
    """

    id: str
    received_at: datetime
    sent_at: datetime | None
    data: bytes
    path: Path | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    # What `prepare` read, or why it could not: at most one of these pairs.
    _prepared: list[tuple[Any, ValueError | None]] = field(default_factory=list, repr=False, compare=False)

    def prepare(self, reader: Callable[[Item], T]) -> None:
        """Read the item before the transaction that stores it, where its CPU time is bounded. Raises nothing: `value` will."""
        try:
            self._prepared.append((reader(self), None))
        except ValueError as error:
            self._prepared.append((None, error))

    def value(self, reader: Callable[[Item], T]) -> T:
        """What `reader` makes of the item, which is read only once. Raises ValueError as `reader` does."""
        if not self._prepared:
            self.prepare(reader)
        value: T
        value, error = self._prepared[0]
        if error is not None:
            raise error
        return value

    def read(self) -> bytes:
        """The bytes. Raises OSError."""
        return self.data if self.path is None else self.path.read_bytes()
