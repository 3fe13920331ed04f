"""The types of envelope items: one row for each says how all of Rustrak treats it. Pure.

A new type that Rustrak keeps is one row here and one function that stores its items. The names are those of
develop.sentry.dev, "Envelope Items". docs/protocol.md, "Item types", is the same table for people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

KIB = 1024
EVENT = "event"
#: The edge accepts events of this many times MAX_EVENT_BYTES; the digest cuts them to MAX_EVENT_BYTES.
SALVAGED_TIMES = 8


class Sizes(Protocol):
    """The limits that the installation sets: bytes of an event and of an attachment, attachments of an event."""

    @property
    def event(self) -> int: ...
    @property
    def attachment(self) -> int: ...
    @property
    def attachments(self) -> int: ...


Limit = Callable[[Sizes], int]


@dataclass(frozen=True, slots=True)
class Kept:
    """How items of a type are kept.

    max_bytes   the largest item that the edge accepts
    max_items   how many items of the type one envelope may hold; None: as many as an envelope may hold of any type
    stored_by   the function that stores a batch, as `(project_id, items, now) -> Results` of issues.record.items
                unless the handler says otherwise; empty if the handler only counts them
    read_by     the function that reads an item before the transaction, as `(Item) -> value`, where the time is bounded; the
                function that stores it asks the item for this value; empty if there is nothing to read
    handler     the class of the digest that reads the items and passes them on
    streamed    never whole in memory: the edge writes the item to a file, the digest passes on its path
    limited     refused together with events once a rate limit is used up
    set_aside   what cannot be used is put into quarantine, besides what cannot be read at all. Sessions are not: an app
                without a release sends nothing else

    `stored_by`, `read_by` and `handler` are dotted paths because the edge reads this table and must not import `issues`.
    ingest.digest.handlers resolves them.
    """

    max_bytes: Limit
    stored_by: str = ""
    read_by: str = ""
    handler: str = "ingest.digest.handlers.ItemHandler"
    max_items: Limit | None = None
    streamed: bool = False
    limited: bool = False
    set_aside: bool = True


@dataclass(frozen=True, slots=True)
class ItemType:
    """An item's type. `category` is the data category of rate limits and client reports (develop.sentry.dev, "Rate
    Limiting"), `word` the singular noun for people. A type that is not `kept` is counted, and answered with a 200."""

    name: str
    category: str
    word: str
    kept: Kept | None = None


#: By name, in the order in which the digest stores them: an event before what refers to it.
# fmt: off
ITEM_TYPES: dict[str, ItemType] = {row.name: row for row in (
    ItemType(EVENT, "error", "event", Kept(
        max_bytes=lambda sizes: SALVAGED_TIMES * sizes.event, max_items=lambda sizes: 1, limited=True,
        handler="ingest.digest.handlers.EventHandler", stored_by="issues.record.writer.store",
    )),
    ItemType("attachment", "attachment", "attachment", Kept(
        max_bytes=lambda sizes: sizes.attachment, max_items=lambda sizes: sizes.attachments, limited=True, streamed=True,
        handler="ingest.digest.handlers.AttachmentHandler", stored_by="issues.record.attachments.record",
    )),
    ItemType("user_report", "feedback", "feedback", Kept(
        max_bytes=lambda sizes: sizes.event, stored_by="issues.record.user_reports.record",
        read_by="issues.record.user_reports.report_of",
    )),
    ItemType("feedback", "feedback", "feedback", Kept(
        max_bytes=lambda sizes: sizes.event, stored_by="issues.record.user_reports.record_feedback",
        read_by="issues.record.user_reports.feedback_of",
    )),
    ItemType("check_in", "monitor", "check-in", Kept(
        max_bytes=lambda sizes: 100 * KIB, stored_by="issues.monitors.check_ins.record",
        read_by="issues.monitors.check_ins.check_in_of",
    )),
    ItemType("session", "session", "session", Kept(
        max_bytes=lambda sizes: 10 * sizes.event, max_items=lambda sizes: 100,
        stored_by="issues.sessions.session_counts.record_updates",
        read_by="issues.sessions.session_counts.update_of", set_aside=False,
    )),
    ItemType("sessions", "session", "session aggregate", Kept(
        max_bytes=lambda sizes: 10 * sizes.event, max_items=lambda sizes: 100,
        stored_by="issues.sessions.session_counts.record_aggregates",
        read_by="issues.sessions.session_counts.aggregates_of", set_aside=False,
    )),
    ItemType("client_report", "internal", "client report", Kept(
        max_bytes=lambda sizes: 100 * KIB, max_items=lambda sizes: 100,
        handler="ingest.digest.handlers.ClientReportHandler",
    )),
    ItemType("transaction", "transaction", "transaction"),
    ItemType("span", "span", "span"),
    ItemType("profile", "profile", "profile"),
    ItemType("profile_chunk", "profile", "profile chunk"),
    ItemType("log", "log_item", "log"),
    ItemType("trace_metric", "trace_metric", "metric"),
    ItemType("statsd", "trace_metric", "statsd metric"),
    ItemType("security", "security", "security report"),
)}
# fmt: on
# Families of types that Rustrak does not keep, by the beginning of their names.
_FAMILIES = {"replay_": "replay", "metric_": "trace_metric"}
_OTHER = "default"

CATEGORIES = frozenset({*(row.category for row in ITEM_TYPES.values()), *_FAMILIES.values(), _OTHER})
#: Refused once a rate limit is used up: events, and what is of no use without its event.
LIMITED = frozenset(row.name for row in ITEM_TYPES.values() if row.kept and row.kept.limited)
#: Never whole in memory.
STREAMED = frozenset(row.name for row in ITEM_TYPES.values() if row.kept and row.kept.streamed)


def kept(item_type: str) -> Kept | None:
    """How items of this type are kept; None if they are only counted, as unknown types are."""
    row = ITEM_TYPES.get(item_type)
    return row.kept if row is not None else None


def category(item_type: str) -> str:
    """The data category in which items of this type are counted; `default` for an unknown type."""
    row = ITEM_TYPES.get(item_type)
    if row is not None:
        return row.category
    return next((found for start, found in _FAMILIES.items() if item_type.startswith(start)), _OTHER)


def is_known(item_type: str) -> bool:
    """Whether SDKs are known to send items of this type, kept or not."""
    return item_type in ITEM_TYPES or item_type.startswith(tuple(_FAMILIES))


def word(item_type: str) -> str:
    """The type as a singular noun for people, such as `check-in`."""
    row = ITEM_TYPES.get(item_type)
    return row.word if row is not None else item_type.replace("_", " ")
