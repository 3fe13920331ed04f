"""Reads the JSON of `session` and `sessions` items. Pure; whatever an item contains, only UnusableSession is raised.

The rules are those of the public SDK documentation (develop.sentry.dev, "Sessions"): an update with `init`, or with
`seq` 0, starts a session; `errors` is the number of errors in it so far; `status` is its current state; `started`
never changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import add
from typing import Any, NamedTuple

from issues.payload import access
from rustrak.lib import tolerant_json

# As in Relay: a session is updated for at most five days; a clock may be a minute ahead.
MAX_AGE = timedelta(days=5)
_AHEAD = timedelta(minutes=1)
_DRIFT = timedelta(minutes=55)
# Larger numbers in one item are mistakes, and their sum could overflow the column.
_MAX_COUNT = 10**9
_MAX_AGGREGATES = 10_000
_BAD_ENDS = ("crashed", "abnormal", "unhandled")


class UnusableSession(ValueError):
    """The item cannot be counted; `reason` is the ledger's code for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SessionKey(NamedTuple):
    """What sessions are counted by. `day` is the day (UTC) on which they started."""

    day: date
    release: str
    environment: str


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """The state of one session. `session` and `person` are hashes, None when the SDK names no session or no person.

    `starts`: the update starts the session. `errored`: anything went wrong in it.
    """

    key: SessionKey
    session: int | None
    person: int | None
    starts: bool
    errored: bool
    crashed: bool
    abnormal: bool
    unhandled: bool

    @property
    def counted_in(self) -> list[str]:
        """The counts of its day that a session belongs to of which this is the only update."""
        return ["total", *(name for name in ("errored", *_BAD_ENDS) if getattr(self, name))]


@dataclass(frozen=True, slots=True)
class SessionAggregate:
    """Ended sessions, counted by the SDK. `errored` is the number of those in which anything went wrong."""

    key: SessionKey
    person: int | None
    total: int
    errored: int
    crashed: int
    abnormal: int
    unhandled: int


def read_update(data: bytes, received_at: datetime, sent_at: datetime | None) -> SessionUpdate:
    """The update in a `session` item; `sent_at` is the time by the SDK's clock. Raises UnusableSession."""
    sent = _object(data)
    release, environment = _attributes(sent)
    key = SessionKey(_day(sent.get("started"), received_at, sent_at), release, environment)
    status, seq = sent.get("status"), sent.get("seq")
    starts = sent.get("init") is True or (type(seq) in (int, float) and seq == 0)
    # Only what begins and ends at once needs no id: nothing else is said of it.
    sid = access.text(sent.get("sid")).strip().lower().replace("-", "")
    if not sid and not (starts and status in ("exited", *_BAD_ENDS)):
        raise UnusableSession("no_session_id")
    crashed, abnormal, unhandled = (status == name for name in _BAD_ENDS)
    return SessionUpdate(
        key=key,
        session=_hash(f"{sid}\n{release}\n{environment}") if sid else None,
        person=_person(sent),
        starts=starts,
        errored=crashed or abnormal or unhandled or status == "errored" or _count(sent.get("errors")) > 0,
        crashed=crashed,
        abnormal=abnormal,
        unhandled=unhandled,
    )


def read_aggregates(data: bytes, received_at: datetime, sent_at: datetime | None) -> list[SessionAggregate]:
    """The usable aggregates of a `sessions` item, at least one. Raises UnusableSession when there is none."""
    sent = _object(data)
    release, environment = _attributes(sent)
    entries = sent.get("aggregates")
    days = _Days(received_at, sent_at)
    # By day and distinct id: buckets of minutes become one row anyway, and there may be ten thousand of them.
    sums: dict[tuple[date, str], list[int]] = {}
    reason = "no_aggregates"
    for entry in entries[:_MAX_AGGREGATES] if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        try:
            day = days.day(entry.get("started"))
        except UnusableSession as error:
            reason = error.reason
            continue
        counts = [_count(entry[name]) if name in entry else 0 for name in _STATUSES]
        if any(counts):
            key = day, access.text(entry["did"]) if "did" in entry else ""
            before = sums.get(key)
            sums[key] = counts if before is None else [*map(add, before, counts)]
    if not sums:
        raise UnusableSession(reason)
    return [
        SessionAggregate(
            key=SessionKey(day, release, environment),
            person=person_number(did) if did else None,
            total=sum(counts),
            errored=sum(counts[1:]),
            crashed=counts[2],
            abnormal=counts[3],
            unhandled=counts[4],
        )
        for (day, did), counts in sums.items()
    ]


class _Days:
    """The days of many times, of which most are the same."""

    def __init__(self, received_at: datetime, sent_at: datetime | None) -> None:
        self._received_at, self._sent_at = received_at, sent_at
        self._known: dict[str | int | float, date | UnusableSession] = {}

    def day(self, started: Any) -> date:
        """As `_day`. Raises UnusableSession."""
        if not isinstance(started, str | int | float):
            return _day(started, self._received_at, self._sent_at)
        found = self._known.get(started)
        if found is None:
            try:
                found = _day(started, self._received_at, self._sent_at)
            except UnusableSession as error:
                found = error
            self._known[started] = found
        if isinstance(found, UnusableSession):
            raise found.with_traceback(None)
        return found


_STATUSES = ("exited", "errored", "crashed", "abnormal", "unhandled")


def _object(data: bytes) -> dict[str, Any]:
    try:
        return tolerant_json.loads_object(data)
    except tolerant_json.NotJson:
        raise UnusableSession("not_json") from None


def _attributes(sent: dict[str, Any]) -> tuple[str, str]:
    """Release and environment, cut like those of events. Raises UnusableSession without a release."""
    attributes = access.mapping(sent.get("attrs"))
    release = access.text(attributes.get("release")).strip()
    if not release or release in {".", ".."} or "\n" in release:
        raise UnusableSession("no_release")
    environment = access.text(attributes.get("environment")).strip()
    if environment == "None" or "/" in environment or "\n" in environment:
        environment = ""
    return release[:200], environment[:64]


def _day(started: Any, received_at: datetime, sent_at: datetime | None) -> date:
    """The day (UTC) of `started`, or of its arrival when `started` is unreadable or in the future.

    Raises UnusableSession when it is older than MAX_AGE.
    """
    moment = _moment(started) or received_at
    if sent_at is not None and abs(drift := received_at - sent_at) >= _DRIFT:
        try:
            moment += drift
        except OverflowError:
            moment = received_at
    if moment - received_at > _AHEAD:
        moment = received_at
    if received_at - moment > MAX_AGE:
        raise UnusableSession("too_old")
    return moment.astimezone(UTC).date()


def _moment(value: Any) -> datetime | None:
    """Epoch seconds, or ISO 8601 in any form, also a date alone, which payload.timestamp does not accept."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and len(value) >= 10:
            moment = datetime.fromisoformat(value.upper())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return int(min(value, _MAX_COUNT))


def _person(sent: dict[str, Any]) -> int | None:
    did = access.text(sent.get("did"))
    return person_number(did) if did else None


def person_number(did: str) -> int:
    """The person whom SDKs call `did`: what SessionPerson has of them."""
    return _hash(did)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
