"""The bytes an SDK sent, turned into an Occurrence. Pure; nothing in a payload may raise.

Which forms are accepted and what becomes of them: docs/protocol.md, "Event payload". Where a value cannot be used, a
usable one stands in and a note says so; the payload itself is kept as it was sent (but see tolerant_json).
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from issues.record import fingerprint, shape
from rustrak.lib import ids, tolerant_json

FATAL, ERROR, WARNING, INFO, DEBUG = 50, 40, 30, 20, 10
_LEVELS: dict[str, int] = {
    "fatal": FATAL,
    "critical": FATAL,
    "error": ERROR,
    "warning": WARNING,
    "warn": WARNING,
    "info": INFO,
    "log": INFO,
    "debug": DEBUG,
    "trace": DEBUG,
    **{str(number): number for number in (FATAL, ERROR, WARNING, INFO, DEBUG)},
}
# Sentry's: a clock this far off is corrected by `sent_at`; an event further ahead or behind gets its arrival time.
_DRIFT = timedelta(minutes=55)
_AHEAD = timedelta(minutes=1)
_BEHIND = timedelta(days=90)


class Unreadable(ValueError):
    """Not an event at all: the bytes are no JSON object. The message says what is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event, read. `level` is one of issues.models.Level; `notes` are (field, what was wrong with it).

    The payload is kept as JSON: a batch of parsed ones would be ten times as large and keep the collector busy.
    """

    event_id: str
    timestamp: datetime
    ingested_at: datetime
    level: int
    platform: str
    release: str
    environment: str
    transaction: str
    title: str
    type: str
    value: str
    culprit: str
    key: str
    tags: dict[str, str]
    person: int | None
    data: bytes
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def payload(self) -> dict[str, Any]:
        """The event as it is stored: as sent, but for what cannot be."""
        event: dict[str, Any] = tolerant_json.loads(self.data)[0]
        return event


def read(
    data: bytes,
    *,
    event_id: str,
    received_at: datetime,
    sent_at: datetime | None = None,
    remote_addr: str | None = None,
) -> Occurrence:
    """The event in `data`; `event_id` wins over the payload's. Raises Unreadable when it is no JSON object."""
    try:
        event, repairs = tolerant_json.loads(data)
    except tolerant_json.NotJson as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(event, dict):
        raise Unreadable(f"a JSON {_JSON_NAMES.get(type(event), 'value')}, not an object")
    return _interpret(
        event,
        tolerant_json.dumps(event) if repairs else data,
        event_id,
        received_at,
        sent_at,
        remote_addr,
        [("", repair) for repair in repairs],
    )


_JSON_NAMES = {
    list: "array",
    str: "string",
    bool: "boolean",
    type(None): "null",
    int: "number",
    float: "number",
}


def _interpret(
    event: dict[str, Any],
    data: bytes,
    event_id: str,
    received_at: datetime,
    sent_at: datetime | None,
    remote_addr: str | None,
    notes: list[tuple[str, str]],
) -> Occurrence:
    def note(field: str, reason: str) -> None:
        notes.append((field, reason))

    tags = shape.tags(event)
    exception = shape.main_exception(event)
    transaction = shape.text(event.get("transaction"))[:200]
    if exception is not None:
        kind = shape.text(exception.get("type"))[:128] or "Error"
        value = shape.text(exception.get("value")).lstrip("\r\n")[:1024]
        title = fingerprint.titled(kind, value)
    else:
        kind = ""
        value = shape.formatted_message(event).lstrip("\r\n")[:1024]
        title = shape.first_line(value) or "<unknown>"
    return Occurrence(
        event_id=ids.event_id(event_id) or ids.event_id(event.get("event_id")) or ids.new_event_id(),
        timestamp=_timestamp(event.get("timestamp"), received_at, sent_at, note),
        ingested_at=received_at,
        level=_level(event.get("level"), note),
        platform=_platform(event.get("platform")),
        release=_release(event.get("release") or tags.get("release"), note),
        environment=_environment(event.get("environment") or tags.get("environment"), note),
        transaction=transaction,
        title=title,
        type=kind,
        value=value,
        culprit=transaction or _culprit(event),
        key=fingerprint.grouping_key(event),
        tags=tags,
        person=_person(event, remote_addr),
        data=data,
        notes=tuple(notes),
    )


Note = Callable[[str, str], None]


def _level(value: Any, note: Note) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    known = None if isinstance(value, bool) else _LEVELS.get(shape.text(value).strip().lower())
    if known is None and value is not None:
        note("level", "unknown level, taken as error")
    return known or ERROR


def _platform(value: Any) -> str:
    return (value.strip()[:64] if isinstance(value, str) else "") or "other"


def _release(value: Any, note: Note) -> str:
    release = shape.text(value).strip()
    if release in {".", ".."} or "\n" in release:
        note("release", "no valid release name, left out")
        return ""
    if len(release) > 200:
        note("release", "longer than 200 characters, cut")
    return release[:200]


def _environment(value: Any, note: Note) -> str:
    environment = shape.text(value).strip()
    if environment == "None" or "/" in environment or "\n" in environment:
        note("environment", "no valid environment name, left out")
        return ""
    if len(environment) > 64:
        note("environment", "longer than 64 characters, cut")
    return environment[:64]


def _culprit(event: dict[str, Any]) -> str:
    """`module.function` or `file in function` of the topmost in-app frame; an old SDK's own word comes last."""
    frame = shape.top_frame(shape.main_frames(event))
    if frame is not None:
        function = shape.text(frame.get("function"))
        if module := shape.text(frame.get("module")):
            return f"{module}.{function}"[:200] if function else module[:200]
        if file := shape.text(frame.get("filename")) or shape.text(frame.get("abs_path")):
            return f"{file} in {function}"[:200] if function else file[:200]
        if function:
            return function[:200]
    return shape.text(event.get("culprit"))[:200]


def _timestamp(value: Any, received_at: datetime, sent_at: datetime | None, note: Note) -> datetime:
    if value is None:
        return received_at
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError):
        note("timestamp", "not a usable time, the time of arrival stands in")
        return received_at
    if sent_at is not None and abs(drift := received_at - sent_at) >= _DRIFT:
        note("timestamp", f"the client's clock is off, corrected by {round(drift.total_seconds())} s")
        try:
            moment += drift
        except OverflowError:
            return received_at
    if moment - received_at > _AHEAD:
        note("timestamp", "in the future, the time of arrival stands in")
        return received_at
    if received_at - moment > _BEHIND:
        note("timestamp", "older than 90 days, the time of arrival stands in")
        return received_at
    return moment


def _moment(value: Any) -> datetime:
    """A time as an aware datetime in UTC: epoch seconds, or RFC 3339 with or without a zone. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or len(value) < 19 or value[13] != ":" or value[16] != ":":
        raise ValueError("no time")
    moment = datetime.fromisoformat(value.upper())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _person(event: dict[str, Any], remote_addr: str | None) -> int | None:
    """Who met this, as a stable number: by id, else e-mail, else name, else address. None when nobody is known."""
    user = shape.mapping(event.get("user"))
    for field in ("id", "email", "username"):
        value = user.get(field)
        if isinstance(value, str | int | float) and (known := shape.text(value)):
            return _number(f"{field}:{known}")
    if address := _address(event, user, remote_addr):
        return _number(f"ip:{address}")
    return None


def _number(person: str) -> int:
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big", signed=True)


def _address(event: dict[str, Any], user: dict[str, Any], remote_addr: str | None) -> str | None:
    """The client's address where the SDK sent it or asked for it (`{{auto}}`, `sdk.settings.infer_ip`)."""
    sent = user.get("ip_address")
    settings = shape.mapping(shape.mapping(event.get("sdk")).get("settings"))
    infer = settings.get("infer_ip")
    if sent == "{{auto}}" or not sent:
        if infer == "never":
            return None
        if infer == "auto" or sent == "{{auto}}":
            sent = remote_addr
        else:
            sent = shape.mapping(shape.mapping(event.get("request")).get("env")).get("REMOTE_ADDR")
            if not sent and event.get("platform") in ("javascript", "cocoa"):
                sent = remote_addr
    try:
        return str(ipaddress.ip_address(sent)) if isinstance(sent, str) else None
    except ValueError:
        return None
