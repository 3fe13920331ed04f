"""What an SDK says it dropped before sending: its `client_report` items. Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ingest.ledger.outcomes import CATEGORIES
from rustrak.lib import tolerant_json

# The key is public, so somebody may make up reasons: what a report may add to the ledger is bounded.
MAX_DISCARDS = 100
MAX_QUANTITY = 1_000_000_000
OTHER = "other"
# develop.sentry.dev, "Client Reports", and what current and old SDKs send.
REASONS = frozenset(
    {
        "backpressure", "before_send", "buffer_overflow", "cache_overflow", "event_processor", "ignored",
        "insufficient_data", "internal_sdk_error", "invalid", "network_error", "no_parent_span",
        "queue_overflow", "ratelimit_backoff", "sample_rate", "send_error", "too_big", "unsampled",
    }
)  # fmt: skip
# Categories that mean the same as one of ours.
_OTHER_NAMES = {"profile_chunk": "profile", "profile_chunk_ui": "profile", "metric_bucket": "trace_metric"}


class Unreadable(ValueError):
    """It is no client report."""


class Discard(NamedTuple):
    """How many items of a data category the SDK dropped, and why."""

    category: str
    reason: str
    quantity: int


def read(data: bytes) -> list[Discard]:
    """What `data`, `{"discarded_events": [{reason, category, quantity}]}`, says; entries that say nothing are passed
    over. Raises Unreadable."""
    try:
        report, _ = tolerant_json.loads(data)
    except tolerant_json.NotJson as error:
        raise Unreadable(str(error)) from None
    if not isinstance(report, dict):
        raise Unreadable("a client report is a JSON object")
    entries = report.get("discarded_events")
    found: dict[tuple[str, str], int] = {}
    for entry in entries[:MAX_DISCARDS] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or str(entry.get("category")).endswith("_byte"):
            continue  # bytes are told beside the number of items
        if quantity := _quantity(entry.get("quantity")):
            key = _category(entry.get("category")), _reason(entry.get("reason"))
            found[key] = min(found.get(key, 0) + quantity, MAX_QUANTITY)
    return [Discard(category, reason, quantity) for (category, reason), quantity in found.items()]


def _quantity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(max(0, min(value, MAX_QUANTITY)))


def _category(value: Any) -> str:
    if not isinstance(value, str):
        return "default"
    return _OTHER_NAMES.get(value, value if value in CATEGORIES else "default")


def _reason(value: Any) -> str:
    if not isinstance(value, str):
        return OTHER
    # sentry-native and others write it with dashes or capitals now and then.
    code = re.sub(r"[^a-z0-9]+", "_", value.lower()[:64]).strip("_")
    return code if code in REASONS else OTHER
