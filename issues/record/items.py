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


class _Unreadable(NamedTuple):
    error: ValueError


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

    # By reader: what `prepare` read, or why it could not.
    _prepared: dict[Callable[[Item], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def prepare(self, reader: Callable[[Item], Any]) -> None:
        """Read the item before the transaction that stores it, where its CPU time is bounded. Raises nothing: `value` will."""
        try:
            self._prepared[reader] = reader(self)
        except ValueError as error:
            self._prepared[reader] = _Unreadable(error.with_traceback(None))

    def value(self, reader: Callable[[Item], T]) -> T:
        """What `reader` makes of the item, which is read only once. Raises ValueError as `reader` does."""
        if reader not in self._prepared:
            self.prepare(reader)
        found = self._prepared[reader]
        if isinstance(found, _Unreadable):
            raise found.error
        value: T = found
        return value

    @property
    def unusable(self) -> ValueError | None:
        """Why `prepare` could not read it; None when it could, or was not asked to."""
        found = (value.error for value in self._prepared.values() if isinstance(value, _Unreadable))
        return next(found, None)

    def read(self) -> bytes:
        """The bytes. Raises OSError."""
        return self.data if self.path is None else self.path.read_bytes()
