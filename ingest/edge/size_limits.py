"""How large what SDKs send may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ingest.edge.errors import TooLarge
from ingest.ledger.outcomes import Reason

# An event of up to so many times the limit is taken, and cut when it is stored.
SALVAGED_TIMES = 8


@dataclass(frozen=True)
class SizeLimits:
    """Bytes: of an event, of a body unpacked, of a body as it comes, of an attachment; how many attachments."""

    event: int
    body: int
    encoded_body: int
    attachment: int = 100 * 1024 * 1024
    attachments: int = 30

    @cached_property
    def items(self) -> dict[str, int]:
        """The most bytes of an item by its type, of all types that are kept (docs/protocol.md, "Item types")."""
        return {
            "event": SALVAGED_TIMES * self.event,
            "attachment": self.attachment,
            "user_report": self.event,
            "feedback": self.event,
            "client_report": 100 * 1024,
            "check_in": 100 * 1024,
            "session": 10 * self.event,
            "sessions": 10 * self.event,
        }

    def too_large(self, kind: str) -> TooLarge:
        """The refusal of an item of this type past its limit."""
        return self._refusals[kind]

    @cached_property
    def _refusals(self) -> dict[str, TooLarge]:
        reasons = {"event": Reason.TOO_LARGE_EVENT, "attachment": Reason.TOO_LARGE_ATTACHMENT}
        return {
            kind: TooLarge(
                f"an item of type {kind!r} is larger than {limit} bytes",
                reasons.get(kind, Reason.TOO_LARGE_ENVELOPE),
            )
            for kind, limit in self.items.items()
        }
