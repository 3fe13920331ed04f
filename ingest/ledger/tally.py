"""What one web process counts until it hands the counts to the digest, and the form in which it does. Pure.

The edge writes a tally into the spool as a record of its own (ingest.edge.accounting); the digest adds it to the ledger.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import orjson

from ingest.ledger.outcomes import LedgerKey, Outcome
from rustrak.lib import tolerant_json

#: How many accepted and how many refused requests are kept of each project.
LATEST = 50
MAX_PROJECTS = 500
# The most requests of all projects in one payload: with very many busy projects each gets fewer than LATEST.
MAX_REQUESTS = 4000
# Without a valid key anybody can name any project; counts past this limit are dropped.
MAX_UNAUTHENTICATED = 2000


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request to a project and the answer to it.

    `received_at` is Unix time; `reason` is a Reason, or empty if the request was accepted. `detail` is JSON with these
    keys, all optional: `items` (how many by type), `bytes` (size of the encoded body), `not_kept` and `unreadable` (how many
    items), `message` (why it was refused, or the first of them cannot be read), `encoding`, `key` (the id of the key), `project_id` (the key's project) and `claimed` (the project in the path).
    `unlisted` is how many requests of the project, accepted or refused as this one, came right before it and are not kept.
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
    unlisted: int = 0


_FIELDS = tuple(one.name for one in fields(AnsweredRequest))


class _Requests(deque[AnsweredRequest]):
    """The latest LATEST requests of a project; `unlisted` is how many came before and are not kept."""

    unlisted = 0

    def add(self, request: AnsweredRequest) -> None:
        if len(self) >= LATEST:
            self.drop_first()
        self.append(request)

    def listed(self) -> Iterator[AnsweredRequest]:
        """All of them, the first with what came before it."""
        unlisted = self.unlisted
        for request in self:
            yield replace(request, unlisted=request.unlisted + unlisted) if unlisted else request
            unlisted = 0

    def drop_first(self) -> None:
        self.unlisted += 1 + self.popleft().unlisted


_Latest = dict[int, _Requests]


class Tally:
    """Counts by ledger key, the latest requests of each project, and when keys were last used. Bounded; not thread-safe.

    `take` empties it into the payload of a record, `give_back` returns a payload that could not be written.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._counts: dict[LedgerKey, int] = {}
        self._unauthenticated: dict[LedgerKey, int] = {}
        self._accepted: _Latest = {}
        self._refused: _Latest = {}
        self._used: dict[int, float] = {}

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
        """Count `quantity` items that were received `at` (Unix time)."""
        self._add(LedgerKey(project_id, int(at // 60), category, outcome, reason), quantity)

    def remember(self, project_id: int, request: AnsweredRequest) -> None:
        """Keep a request. Of the accepted and of the refused ones each project keeps the latest LATEST."""
        latest = self._refused if request.reason else self._accepted
        requests = latest.get(project_id)
        if requests is None:
            if len(latest) >= MAX_PROJECTS:
                del latest[next(iter(latest))]
            requests = latest[project_id] = _Requests()
        requests.add(request)

    def use(self, key_id: int, at: float) -> None:
        """Note that a project's key was used `at` (Unix time). There are as many as valid keys."""
        self._used[key_id] = max(at, self._used.get(key_id, at))

    def take(self) -> bytes | None:
        """Everything as JSON, for `read`, and clear the tally. None if it is empty."""
        counts = {**self._counts, **self._unauthenticated}
        latest = (self._accepted, self._refused)
        projects = len(self._accepted) + len(self._refused)
        if not counts and not projects and not self._used:
            return None
        most = max(1, min(LATEST, MAX_REQUESTS // max(1, projects)))
        for kind in latest:
            for requests in kind.values():
                while len(requests) > most:
                    requests.drop_first()
        value = {
            "counts": [[*key, quantity] for key, quantity in sorted(counts.items())],
            "seen": [
                [project_id, *(getattr(request, name) for name in _FIELDS)]
                for kind in latest
                for project_id in sorted(kind)
                for request in kind[project_id].listed()
            ],
            "used": sorted(self._used.items()),
        }
        payload = _dumps(value)
        self._clear()
        return payload

    def give_back(self, payload: bytes) -> None:
        """Add again what `take` returned, as older than everything counted since."""
        counts, earlier, used = read(payload)
        for key, quantity in counts:
            self._add(key, quantity)
        for key_id, at in used.items():
            self.use(key_id, at)
        later = list(self._requests())
        self._accepted, self._refused = {}, {}
        for project_id, request in [*earlier, *later]:
            self.remember(project_id, request)

    def _add(self, key: LedgerKey, quantity: int) -> None:
        counts = self._unauthenticated if key.outcome == Outcome.UNAUTHENTICATED else self._counts
        if key in counts:
            counts[key] += quantity
        elif counts is self._counts or len(counts) < MAX_UNAUTHENTICATED:
            counts[key] = quantity

    def _requests(self) -> Iterator[tuple[int, AnsweredRequest]]:
        for latest in (self._accepted, self._refused):
            for project_id, requests in latest.items():
                for request in requests.listed():
                    yield project_id, request


Counts = list[tuple[LedgerKey, int]]
Requests = list[tuple[int, AnsweredRequest]]


class ReadTally(NamedTuple):
    """What `take` wrote: the requests of each project oldest first, and by the id of a key when it was used (Unix time)."""

    counts: Counts
    requests: Requests
    used: dict[int, float]


def read(payload: bytes) -> ReadTally:
    """What `take` wrote, or an earlier version, which did not count keys.

    Raises ValueError if `payload` is not a tally.
    """
    value, _ = tolerant_json.loads(payload)
    try:
        counts = [
            (LedgerKey(p, m, c, Outcome(o), r), quantity) for p, m, c, o, r, quantity in value["counts"]
        ]
        requests = [(project_id, AnsweredRequest(*values)) for project_id, *values in value["seen"]]
        used = {int(key_id): float(at) for key_id, at in value.get("used", ())}
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a tally: {error}") from None
    return ReadTally(counts, requests, used)


def _dumps(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # half a surrogate pair in a header; `read` repairs it
        return json.dumps(value, default=str).encode()
