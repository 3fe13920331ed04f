"""Breadcrumbs: what happened before the event, the last one first. SDKs send the oldest first.

HTTP and navigation breadcrumbs get a headline; the data of all others is shown as rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from issues.payload import fields as payload_fields
from issues.payload import timestamp
from issues.payload.access import items
from issues.render import times
from issues.render.room import Room
from issues.render.tables import Field, Value, has_no_items, is_empty, rows, show
from issues.render.values import line, scalar, web_address

MOST, MOST_MEMBERS = 200, 100
_KNOWN = {"timestamp", "type", "category", "level", "message", "data", "ty", "event_id"}


@dataclass(frozen=True)
class Crumb:
    """One breadcrumb. `time` is the time of day of `at`; `delta` is how long before the event it was, such as `−4.2 s`."""

    time: str
    at: datetime | None
    delta: str
    level: str
    category: str
    type: str
    headline: str = ""
    status: str = ""
    failed: bool = False
    link: str = ""
    message: Value | None = None
    data: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Trail:
    """The breadcrumbs to show; `older` were left out. `stray` is what was sent in place of breadcrumbs."""

    crumbs: tuple[Crumb, ...] = ()
    older: int = 0
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.crumbs or self.stray)


def breadcrumbs(
    value: object,
    event_at: datetime | None,
    shift: timedelta = timedelta(0),
    room: Room | None = None,
) -> Trail:
    """`breadcrumbs` of an event that happened at `event_at`; `shift` corrects the client's clock."""
    room = room or Room()
    sent = items(value)
    if not sent:
        return Trail() if has_no_items(value) else Trail(stray=show(value, room=room))
    kept = [crumb for crumb in sent if not is_empty(crumb)]
    return Trail(
        tuple(_crumb(crumb, event_at, shift, room) for crumb in reversed(kept[-MOST:])),
        max(0, len(kept) - MOST),
    )


def _crumb(sent: object, event_at: datetime | None, shift: timedelta, room: Room) -> Crumb:
    if not isinstance(sent, dict):
        return Crumb("", None, "", "", "", "", message=show(sent, room=room))
    at = times.shifted(timestamp.moment(sent.get("timestamp")), shift)
    headline, status, failed, link, used = _in_words(sent)
    message = sent.get("message")
    data = sent.get("data")
    of_data = data if isinstance(data, dict) else {} if is_empty(data) else {"data": data}
    members = [
        *((name, member) for name, member in of_data.items() if name not in used),
        *((name, member) for name, member in sent.items() if name not in _KNOWN),
    ]
    if at is None and not is_empty(sent.get("timestamp")):
        members.append(("timestamp", sent["timestamp"]))
    return Crumb(
        time=f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if at else "",
        at=at,
        delta=times.before(at, event_at) if at and event_at else "",
        level=_level(sent.get("level")),
        category=line(sent.get("category"), 80),
        type=line(sent.get("type") or sent.get("ty"), 40),
        headline=headline,
        status=status,
        failed=failed,
        link=link,
        message=None if is_empty(message) else show(message, room=room),
        data=rows(members, room=room, most=MOST_MEMBERS),
    )


def _level(sent: object) -> str:
    """The name of the level; `info` for one that is not known, empty where none was sent."""
    if is_empty(sent):
        return ""
    known = payload_fields.known_level(sent)
    return payload_fields.LEVEL_NAMES[payload_fields.INFO if known is None else known]


def _in_words(sent: dict[str, Any]) -> tuple[str, str, bool, str, set[str]]:
    """Headline, status, whether that is a failure, link, and the keys of `data` that these already show."""
    data = sent.get("data")
    if not isinstance(data, dict):
        return "", "", False, "", set()
    category, kind = sent.get("category"), sent.get("type")
    if data.get("url") and (kind == "http" or category in ("http", "httplib", "fetch", "xhr")):
        method = data.get("method") or data.get("http.method") or "GET"
        status = data.get("status_code", data.get("http.response.status_code"))
        shown = f"{scalar(status)} {scalar(data.get('reason'))}".strip() if status is not None else ""
        failed = isinstance(status, int) and status >= 400
        used = {"url", "method", "http.method", "status_code", "http.response.status_code", "reason"}
        return (
            f"{line(method, 20)} {line(data['url'], 500)}",
            line(shown, 80),
            failed,
            web_address(data["url"]),
            used,
        )
    if category == "navigation" or kind == "navigation":
        if data.get("to") or data.get("from"):
            return (
                f"{line(data.get('from'), 300)} → {line(data.get('to'), 300)}",
                "",
                False,
                "",
                {"from", "to"},
            )
    elif category == "console":
        return "", "", False, "", {"logger"}
    return "", "", False, "", set()
