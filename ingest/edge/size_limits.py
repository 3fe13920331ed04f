"""How large the bodies and items of a request may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ingest.edge.errors import TooLarge
from ingest.item_types import ITEM_TYPES
from ingest.ledger.outcomes import Reason

_REASONS = {"event": Reason.TOO_LARGE_EVENT, "attachment": Reason.TOO_LARGE_ATTACHMENT}


@dataclass(frozen=True)
class SizeLimits:
    """The limits that the settings give. In bytes: of an event, of a decoded body, of a body as it is sent, of an
    attachment. `attachments` is how many attachments an event may have."""

    event: int
    body: int
    encoded_body: int
    attachment: int = 100 * 1024 * 1024
    attachments: int = 30

    @cached_property
    def items(self) -> dict[str, int]:
        """The most bytes of an item by its type, for every type that is kept."""
        return {row.name: row.kept.max_bytes(self) for row in ITEM_TYPES.values() if row.kept}

    @cached_property
    def counts(self) -> dict[str, int]:
        """The most items of a type in one envelope, for every type that has such a limit."""
        return {
            row.name: row.kept.max_items(self)
            for row in ITEM_TYPES.values()
            if row.kept and row.kept.max_items
        }

    def too_large(self, kind: str) -> TooLarge:
        """The refusal of an item of this type that is larger than its limit."""
        return self._refusals[kind]

    @cached_property
    def _refusals(self) -> dict[str, TooLarge]:
        return {
            kind: TooLarge(
                f"an item of type {kind!r} is larger than {limit} bytes",
                _REASONS.get(kind, Reason.TOO_LARGE_ENVELOPE),
            )
            for kind, limit in self.items.items()
        }
