"""The vocabulary of the ledger: what can become of an item that an SDK sent, and why. Pure.

Every item received has one outcome at the edge: accepted, or the reason for its refusal. Every accepted item gets one
more outcome from the digest. The values are stored and must never change.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What became of an item. CLIENT_DISCARD and EVICTED count items that the server did not receive, or deleted later."""

    ACCEPTED = "accepted"
    # What the digest did with an accepted item:
    STORED = "stored"
    SALVAGED = "salvaged"
    DUPLICATE = "duplicate"
    SAMPLED = "sampled"
    FILTERED = "filtered"  # refused at the edge if the reason is ALLOWED_ORIGINS
    INVALID = "invalid"
    # Why the edge did not accept an item:
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    UNSUPPORTED = "unsupported"
    NO_ROOM = "no_room"
    FAILED = "failed"
    # Counted in addition to what was received:
    EVICTED = "evicted"
    CLIENT_DISCARD = "client_discard"


#: The reason of FILTERED when the edge refuses an Origin header.
ALLOWED_ORIGINS = "allowed_origins"
#: The reason of FILTERED when a fingerprint rule of the project drops an event.
FINGERPRINT_RULE = "fingerprint_rule"
#: The reason of FILTERED when an event would need one issue too many for its project.
TOO_MANY_ISSUES = "too_many_issues"
#: The reason of FILTERED and EVICTED when a project, or all of them, keep too many bytes.
TOO_MANY_BYTES = "too_many_bytes"

#: The outcomes of accepted items: each of them gets exactly one.
DIGEST_OUTCOMES = frozenset(
    {
        Outcome.STORED,
        Outcome.SALVAGED,
        Outcome.DUPLICATE,
        Outcome.SAMPLED,
        Outcome.FILTERED,
        Outcome.INVALID,
    }
)
#: The outcomes that do not count received items.
NOT_RECEIVED = frozenset({Outcome.EVICTED, Outcome.CLIENT_DISCARD})


class Reason(StrEnum):
    """Why the edge refused a request or an item of it."""

    NO_KEY = "no_key"
    MALFORMED_KEY = "malformed_key"
    UNKNOWN_KEY = "unknown_key"
    DISABLED_KEY = "disabled_key"
    KEY_OF_OTHER_PROJECT = "key_of_other_project"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    MALFORMED_ENVELOPE = "malformed_envelope"
    MALFORMED_ITEM = "malformed_item"
    MALFORMED_CHECK_IN = "malformed_check_in"
    MALFORMED_JSON = "malformed_json"
    UNDECODABLE = "undecodable"
    UNKNOWN_ENCODING = "unknown_encoding"
    TOO_LARGE_EVENT = "too_large_event"
    TOO_LARGE_ENVELOPE = "too_large_envelope"
    TOO_LARGE_ATTACHMENT = "too_large_attachment"
    TOO_MANY_ITEMS = "too_many_items"
    RATE_LIMITED = "rate_limited"
    TOO_MUCH_WORK = "too_much_work"
    NO_ROOM = "no_room"
    TOO_SLOW = "too_slow"
    DISCONNECTED = "disconnected"
    LOOKS_LIKE_HTML = "looks_like_html"
    WRONG_METHOD = "wrong_method"
    EMPTY = "empty"
    FAILED = "failed"


class QuarantineReason(StrEnum):
    """Why the digest put an accepted item into quarantine: the reason of INVALID."""

    UNREADABLE = "unreadable"
    UNKNOWN_KIND = "unknown_kind"
    BYTES_LOST = "bytes_lost"
    NOT_STORABLE = "not_storable"
    TOO_COSTLY = "too_costly"


class LedgerKey(NamedTuple):
    """What the ledger counts under.

    `minute` is whole minutes since 1970 (UTC), `category` a data category of ingest.item_types. `reason` is a Reason
    or a QuarantineReason, the name of a filter or a limit, or an SDK's own reason; it is empty if the outcome needs none.
    """

    project_id: int
    minute: int
    category: str
    outcome: Outcome
    reason: str = ""
