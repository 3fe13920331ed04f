"""The JSON of `session` and `sessions` items, read. Pure; whatever is in them, only Unusable is raised.

The rules are those of the public SDK documentation (develop.sentry.dev, "Sessions"): `init` or `seq` 0 begins a
session; `errors` counts what was caught while it ran; `status` says how it stands; `started` never changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from issues.payload import access
from rustrak.lib import tolerant_json

# As Relay: a session is updated for five days at most; a clock may be a minute ahead.
LONGEST = timedelta(days=5)
_AHEAD = timedelta(minutes=1)
_DRIFT = timedelta(minutes=55)
# No program has more in one item; larger numbers are mistakes and would overflow a sum.
_MOST = 10**9
_MOST_BUCKETS = 10_000


class Unusable(ValueError):
    """The item cannot be counted; `reason` is the ledger's word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Key(NamedTuple):
    """What sessions are counted by. `day` is the UTC day they started."""

    day: date
    release: str
    environment: str


@dataclass(frozen=True, slots=True)
class Update:
    """How one session stands. `session` and `person` are hashes; `person` is None when nobody is known."""

    key: Key
    session: int
    person: int | None
    begins: bool
    errored: bool
    crashed: bool
    abnormal: bool
    unhandled: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sessions that have ended, counted by the client; `errored` are all with any trouble, however they ended."""

    key: Key
    person: int | None
    total: int
    errored: int
    crashed: int
    abnormal: int
    unhandled: int


def read_update(data: bytes, received_at: datetime, sent_at: datetime | None) -> Update:
    """The update in a `session` item. Raises Unusable."""
    sent = _object(data)
    release, environment = _attributes(sent)
    key = Key(_day(sent.get("started"), received_at, sent_at), release, environment)
    if not (sid := access.text(sent.get("sid")).strip().lower().replace("-", "")):
        raise Unusable("no_session_id")
    status = sent.get("status")
    seq = sent.get("seq")
    crashed, abnormal, unhandled = (status == name for name in ("crashed", "abnormal", "unhandled"))
    return Update(
        key=key,
        session=_hash(f"{sid}\n{release}\n{environment}"),
        person=_person(sent),
        begins=sent.get("init") is True or (type(seq) is int and seq == 0),
        errored=crashed or abnormal or unhandled or status == "errored" or _count(sent.get("errors")) > 0,
        crashed=crashed,
        abnormal=abnormal,
        unhandled=unhandled,
    )


def read_aggregates(data: bytes, received_at: datetime, sent_at: datetime | None) -> list[Bucket]:
    """The buckets of a `sessions` item that can be counted, at least one. Raises Unusable."""
    sent = _object(data)
    release, environment = _attributes(sent)
    found: list[Bucket] = []
    reason = "no_aggregates"
    entries = sent.get("aggregates")
    for entry in entries[:_MOST_BUCKETS] if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        try:
            day = _day(entry.get("started"), received_at, sent_at)
        except Unusable as error:
            reason = error.reason
            continue
        counts = {name: _count(entry.get(name)) for name in _STATUSES}
        total = sum(counts.values())
        if not total:
            continue
        found.append(
            Bucket(
                key=Key(day, release, environment),
                person=_person(entry),
                total=total,
                errored=total - counts["exited"],
                crashed=counts["crashed"],
                abnormal=counts["abnormal"],
                unhandled=counts["unhandled"],
            )
        )
    if not found:
        raise Unusable(reason)
    return found


_STATUSES = ("exited", "errored", "crashed", "abnormal", "unhandled")


def _object(data: bytes) -> dict[str, Any]:
    try:
        sent, _ = tolerant_json.loads(data)
    except tolerant_json.NotJson:
        raise Unusable("not_json") from None
    if not isinstance(sent, dict):
        raise Unusable("not_json")
    return sent


def _attributes(sent: dict[str, Any]) -> tuple[str, str]:
    """Release and environment, as events have them; without a release there is nothing to count by."""
    attributes = access.mapping(sent.get("attrs"))
    release = access.text(attributes.get("release")).strip()
    if not release or release in {".", ".."} or "\n" in release:
        raise Unusable("no_release")
    environment = access.text(attributes.get("environment")).strip()
    if environment == "None" or "/" in environment or "\n" in environment:
        environment = ""
    return release[:200], environment[:64]


def _day(started: Any, received_at: datetime, sent_at: datetime | None) -> date:
    """The UTC day of `started`; of the arrival when that is no time or lies ahead. Raises Unusable when too old."""
    moment = _moment(started) or received_at
    if sent_at is not None and abs(drift := received_at - sent_at) >= _DRIFT:
        try:
            moment += drift
        except OverflowError:
            moment = received_at
    if moment - received_at > _AHEAD:
        moment = received_at
    if received_at - moment > LONGEST:
        raise Unusable("too_old")
    return moment.astimezone(UTC).date()


def _moment(value: Any) -> datetime | None:
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
    return int(min(value, _MOST))


def _person(sent: dict[str, Any]) -> int | None:
    did = access.text(sent.get("did"))
    return _hash(did) if did else None


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
