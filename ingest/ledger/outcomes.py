"""What becomes of everything SDKs send, in words that never change, and one web process's share of the count. Pure.

Every item received has one outcome at the edge: accepted, or why not. Every accepted item has one more, of what the
digest did with it. ingest.ledger.store keeps the sums and answers questions about them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import islice
from typing import Any

import orjson

from rustrak.lib import tolerant_json


class Outcome(StrEnum):
    """What became of an item, or of something that never got here (CLIENT_DISCARD) or left later (EVICTED)."""

    ACCEPTED = "accepted"
    # Of what was accepted:
    STORED = "stored"
    SALVAGED = "salvaged"
    DUPLICATE = "duplicate"
    SAMPLED = "sampled"
    FILTERED = "filtered"  # at the edge with the reason ALLOWED_ORIGINS, never accepted then
    INVALID = "invalid"
    # Of what was not:
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    UNSUPPORTED = "unsupported"
    NO_ROOM = "no_room"
    FAILED = "failed"
    # Beside what was received:
    EVICTED = "evicted"
    CLIENT_DISCARD = "client_discard"


ALLOWED_ORIGINS = "allowed_origins"

#: What an accepted item becomes, one of them each.
FATES = frozenset(
    {
        Outcome.STORED,
        Outcome.SALVAGED,
        Outcome.DUPLICATE,
        Outcome.SAMPLED,
        Outcome.FILTERED,
        Outcome.INVALID,
    }
)
#: What is no part of what was received.
ASIDE = frozenset({Outcome.EVICTED, Outcome.CLIENT_DISCARD})


class Reason(StrEnum):
    """Why a request, or an item of one, was refused."""

    NO_KEY = "no_key"
    MALFORMED_KEY = "malformed_key"
    UNKNOWN_KEY = "unknown_key"
    KEY_OF_OTHER_PROJECT = "key_of_other_project"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    MALFORMED_ENVELOPE = "malformed_envelope"
    MALFORMED_JSON = "malformed_json"
    UNDECODABLE = "undecodable"
    UNKNOWN_ENCODING = "unknown_encoding"
    TOO_LARGE_EVENT = "too_large_event"
    TOO_LARGE_ENVELOPE = "too_large_envelope"
    TOO_LARGE_ATTACHMENT = "too_large_attachment"
    TOO_MANY_ITEMS = "too_many_items"
    RATE_LIMITED = "rate_limited"
    NO_ROOM = "no_room"
    TOO_SLOW = "too_slow"
    DISCONNECTED = "disconnected"
    LOOKS_LIKE_HTML = "looks_like_html"
    WRONG_METHOD = "wrong_method"
    EMPTY = "empty"
    FAILED = "failed"


# By type of item the data category, as rate limits and client reports name them.
_CATEGORIES = {
    "event": "error",
    "transaction": "transaction",
    "span": "span",
    "attachment": "attachment",
    "session": "session",
    "sessions": "session",
    "profile": "profile",
    "profile_chunk": "profile",
    "check_in": "monitor",
    "feedback": "feedback",
    "user_report": "feedback",
    "client_report": "internal",
    "log": "log_item",
    "trace_metric": "trace_metric",
    "statsd": "trace_metric",
    "security": "security",
}
CATEGORIES = frozenset({*_CATEGORIES.values(), "replay", "default"})


def category(item_type: str) -> str:
    """The data category that an envelope's item of this type is counted in."""
    if found := _CATEGORIES.get(item_type):
        return found
    if item_type.startswith("replay_"):
        return "replay"
    return "trace_metric" if item_type.startswith("metric_") else "default"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request to a project, and what was answered: `reason` is a Reason, or empty when it was accepted.

    `detail` is JSON, and each part of it may be missing: `items` (how many by type), `bytes` (of the body as it came),
    `message` (why it was refused), `encoding`, `project_id` (the key's own project) and `claimed` (the path's).
    """

    received_at: float
    endpoint: str
    status: int
    reason: str
    client: str
    origin: str
    remote_addr: str
    event_id: str | None
    detail: dict[str, Any] = field(default_factory=dict)


_SEEN_FIELDS = tuple(one.name for one in fields(Seen))

#: Of each project this many accepted and this many refused requests are remembered.
LATEST = 50
MAX_PROJECTS = 500
# Together, per `take`: with very many busy projects each of them has fewer of its latest.
MAX_SEEN = 4000
# Only strangers can make up projects without end; what is not counted then is of projects that do not exist.
MAX_STRANGERS = 2000

_Key = tuple[int, int, str, str, str]
_Latest = dict[int, deque[Seen]]


class Tally:
    """What one web process has not handed over yet: counts, and the latest requests. Bounded; for one thread.

    `take` gives it as the payload of an `intake` record, `give_back` returns one that could not be written.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._counts: dict[_Key, int] = {}
        self._strangers: dict[_Key, int] = {}
        self._accepted: _Latest = {}
        self._refused: _Latest = {}

    def count(
        self,
        project_id: int,
        category: str,
        outcome: Outcome,
        reason: str = "",
        quantity: int = 1,
        *,
        at: float,
    ) -> None:
        """Count what was received at `at` (Unix time)."""
        self._add((project_id, int(at // 60), category, outcome.value, str(reason)), quantity)

    def saw(self, project_id: int, seen: Seen) -> None:
        """Remember a request; the oldest of its kind makes room."""
        latest = self._refused if seen.reason else self._accepted
        requests = latest.get(project_id)
        if requests is None:
            if len(latest) >= MAX_PROJECTS:
                del latest[next(iter(latest))]
            requests = latest[project_id] = deque(maxlen=LATEST)
        requests.append(seen)

    def take(self) -> bytes | None:
        """All of it as JSON, and forgets it; None when there is nothing."""
        counts = {**self._counts, **self._strangers}
        latest = (self._accepted, self._refused)
        projects = len(self._accepted) + len(self._refused)
        if not counts and not projects:
            return None
        most = max(1, min(LATEST, MAX_SEEN // max(1, projects)))
        value = {
            "counts": [[*key, quantity] for key, quantity in sorted(counts.items())],
            "seen": [
                [project_id, *(getattr(seen, name) for name in _SEEN_FIELDS)]
                for kind in latest
                for project_id in sorted(kind)
                for seen in islice(kind[project_id], max(0, len(kind[project_id]) - most), None)
            ],
        }
        payload = _dumps(value)
        self._forget()
        return payload

    def give_back(self, payload: bytes) -> None:
        """Take back what `take` returned; what came since is younger."""
        counts, earlier = read(payload)
        for key, quantity in counts:
            self._add(key, quantity)
        younger = list(self._remembered())
        self._accepted, self._refused = {}, {}
        for project_id, seen in [*earlier, *younger]:
            self.saw(project_id, seen)

    def _add(self, key: _Key, quantity: int) -> None:
        counts = self._strangers if key[3] == Outcome.UNAUTHENTICATED else self._counts
        if key in counts:
            counts[key] += quantity
        elif counts is self._counts or len(counts) < MAX_STRANGERS:
            counts[key] = quantity

    def _remembered(self) -> Iterator[tuple[int, Seen]]:
        for latest in (self._accepted, self._refused):
            for project_id, requests in latest.items():
                for seen in requests:
                    yield project_id, seen


def read(payload: bytes) -> tuple[list[tuple[_Key, int]], list[tuple[int, Seen]]]:
    """The counts (by project, minute since 1970, category, outcome, reason) and requests that `take` wrote, each
    project's oldest first. Raises ValueError when they are none."""
    value, _ = tolerant_json.loads(payload)
    try:
        counts: list[tuple[_Key, int]] = [
            ((p, m, c, o, r), quantity) for p, m, c, o, r, quantity in value["counts"]
        ]
        seen = [(project_id, Seen(*values)) for project_id, *values in value["seen"]]
    except (TypeError, KeyError) as error:
        raise ValueError(f"no tally: {error}") from None
    return counts, seen


def _dumps(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # half a surrogate pair in a header; `read` repairs it
        return json.dumps(value, default=str).encode()
