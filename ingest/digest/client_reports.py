"""Reads client reports, in which SDKs say what they dropped before sending (develop.sentry.dev, "Client Reports"). Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ingest.item_types import CATEGORIES
from rustrak.lib import tolerant_json

# The key is public and anybody can send a report: what one report can add to the ledger is bounded.
MAX_DISCARDS = 100
MAX_QUANTITY = 1_000_000_000
OTHER = "other"
# From develop.sentry.dev, "Client Reports", and from what current and old SDKs send.
REASONS = frozenset(
    {
        "backpressure", "before_send", "buffer_overflow", "cache_overflow", "event_processor", "ignored",
        "insufficient_data", "internal_sdk_error", "invalid", "network_error", "no_parent_span",
        "queue_overflow", "ratelimit_backoff", "sample_rate", "send_error", "too_big", "unsampled",
    }
)  # fmt: skip
# Other names of our categories.
_ALIASES = {"profile_chunk": "profile", "profile_chunk_ui": "profile", "metric_bucket": "trace_metric"}


class UnreadableClientReport(ValueError):
    """The item is not a client report."""


class Discard(NamedTuple):
    """How many items of a data category the SDK dropped, and why."""

    category: str
    reason: str
    quantity: int


def read(data: bytes) -> list[Discard]:
    """The entries of `data`, which is `{"discarded_events": [{reason, category, quantity}]}` in JSON, summed up by category
    and reason. Entries that are malformed or count nothing are skipped. Raises UnreadableClientReport."""
    try:
        report, _ = tolerant_json.loads(data)
    except tolerant_json.NotJson as error:
        raise UnreadableClientReport(str(error)) from None
    if not isinstance(report, dict):
        raise UnreadableClientReport("the client report is not a JSON object")
    entries = report.get("discarded_events")
    found: dict[tuple[str, str], int] = {}
    for entry in entries[:MAX_DISCARDS] if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or str(entry.get("category")).endswith("_byte"):
            continue  # SDKs report the bytes in addition to the number of items
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
    return _ALIASES.get(value, value if value in CATEGORIES else "default")


def _reason(value: Any) -> str:
    if not isinstance(value, str):
        return OTHER
    # Some SDKs, such as sentry-native, write it with dashes or capitals.
    code = re.sub(r"[^a-z0-9]+", "_", value.lower()[:64]).strip("_")
    return code if code in REASONS else OTHER
