"""Cuts an event that is too large to what says most about the error. Pure.

First come the fields that name and group the event, the message, the exceptions and their stacks; then contexts,
request, breadcrumbs and the rest as far as they fit. Everything that is cut is noted.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from issues.payload import access
from issues.payload.cut.shrink import shrunk, size, text
from issues.payload.cut.stacks import cut_stacks
from issues.payload.notes import Notes, What, path
from rustrak.lib import tolerant_json

_IDENTITY = (
    "event_id", "timestamp", "platform", "level", "type", "logger", "server_name", "site", "release", "dist",
    "environment", "culprit", "checksum", "sdk", "user", "sentry.interfaces.User", "tags",
)  # fmt: skip
_MESSAGES = ("logentry", "sentry.interfaces.Message", "message")
_EXCEPTIONS = ("exception", "sentry.interfaces.Exception")
_STACKS = ("stacktrace", "sentry.interfaces.Stacktrace")
#: May be left out; the most useful first. Fields that have no name here come last.
_REST = (
    "csp", "contexts", "request", "sentry.interfaces.Http", "threads", "breadcrumbs", "sentry.interfaces.Breadcrumbs",
    "debug_meta", "extra", "modules", "_meta",
)  # fmt: skip
_KNOWN = {"fingerprint", "transaction", *_IDENTITY, *_MESSAGES, *_EXCEPTIONS, *_STACKS, *_REST}
_NEWEST_LAST = {"breadcrumbs", "sentry.interfaces.Breadcrumbs"}
# More than a grouping key takes of them.
_MOST_TEXT = 16 * 1024
_LONG_NAME = 4096
_LEAST = 64


def salvage(event: dict[str, Any], limit: int, notes: Notes) -> bytes:
    """JSON of at most `limit` bytes with the most useful parts of `event`, which is not changed.

    `limit` is at least 256. The grouping key stays the same, unless it alone takes more than a quarter of the limit.
    """
    kept = _Kept(limit - 2)
    quarter = limit // 4
    if event.get("fingerprint") is not None:
        kept.add("fingerprint", shrunk(event["fingerprint"], quarter, notes, "fingerprint"))
    if "transaction" in event:
        kept.add(
            "transaction", _named(event["transaction"], min(_LONG_NAME, limit // 8), notes, "transaction")
        )
    for name in _MESSAGES:
        if name in event:
            kept.add(name, _message(event[name], min(2 * _MOST_TEXT, kept.left // 4), notes, name))
    _exceptions(event, kept, notes)
    identity = {name: event[name] for name in _IDENTITY if name in event}
    kept.update(shrunk(identity, max(_LEAST, min(kept.left, quarter)), notes))
    for name in _STACKS:
        if name in event:
            holder = cut_stacks([{"stacktrace": event[name]}], kept.left // 2, notes, (name,), whole=True)
            kept.add(name, holder[0].get("stacktrace") if holder else None)
    others = {
        name: event[name] for name in islice((name for name in event if name not in _KNOWN), limit // 8)
    }
    rest = [(name, event[name], size(event[name])) for name in _REST if name in event]
    later = sum(whole for _, _, whole in rest) + size(others)
    for name, value, whole in rest:
        later -= whole
        _rest(name, value, whole, max(kept.left // 2, kept.left - later), kept, notes)
    if others:
        kept.update(shrunk(others, max(_LEAST, kept.left), notes))
    return tolerant_json.dumps(kept.event)


class _Kept:
    """The members that are kept so far, and how many bytes are left."""

    def __init__(self, room: int) -> None:
        self.event: dict[str, Any] = {}
        self.left = room

    def add(self, name: str, value: Any) -> None:
        """Keep the member if it fits."""
        cost = size(name) + size(value) + 2
        if cost <= self.left:
            self.event[name] = value
            self.left -= cost

    def update(self, members: dict[str, Any]) -> None:
        for name, value in members.items():
            self.add(name, value)


def _rest(name: str, value: Any, whole: int, room: int, kept: _Kept, notes: Notes) -> None:
    """Keep `value`, which has `whole` bytes, or as much of it as fits into `room` bytes."""
    own = size(name) + 2
    if whole + own <= kept.left:
        kept.add(name, value)
        return
    room -= own
    if room < _LEAST:
        notes.add(path(name), What.DROPPED, str(whole))
        return
    if name == "threads" and (threads := access.entries(value)):
        kept.add(name, {"values": cut_stacks(threads, room - 12, notes, (name, "values"))})
        return
    kept.add(name, shrunk(value, room, notes, name, newest=name in _NEWEST_LAST))


def _named(value: Any, room: int, notes: Notes, *keys: str | int) -> Any:
    """A value that is read as text, cut to `room` bytes as text: cut as JSON it would read differently."""
    if size(value) <= room:
        return value
    long = access.whole(value)
    kept = text(long, max(2, room))
    notes.add(path(*keys), What.CUT, f"{len(long)} {len(kept)}")
    return kept


def _message(value: Any, room: int, notes: Notes, name: str) -> Any:
    if not isinstance(value, dict):
        return _named(value, room, notes, name)
    kept = {
        part: _named(value[part], room // 3, notes, name, part)
        for part in ("message", "formatted")
        if part in value
    }
    if "params" in value:
        kept["params"] = shrunk(value["params"], max(_LEAST, room // 4), notes, name, "params")
    return kept


def _exceptions(event: dict[str, Any], kept: _Kept, notes: Notes) -> None:
    for name in _EXCEPTIONS:
        if name not in event:
            continue
        values = access.entries(event[name])
        room = kept.left * 3 // 4
        if values:
            kept.add(name, {"values": cut_stacks(values, room - 12, notes, (name, "values"))})
        else:
            kept.add(name, shrunk(event[name], max(_LEAST, room), notes, name))
