"""What happened before: breadcrumbs, the last one, nearest the error, first.

Sent as a list or as `{"values": […]}`, oldest first; times are ISO or epoch (protocol.md, 1.8). HTTP, navigation,
console and query breadcrumbs are put into words; everything else keeps its data as rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from issues.render import times
from issues.render.values import Field, Value, items, line, scalar, show, web_address

MOST = 200
_LEVELS = {"fatal", "critical", "error", "warning", "warn", "info", "debug", "log"}
_WORDS = {"critical": "fatal", "warn": "warning", "log": "info"}


@dataclass(frozen=True)
class Crumb:
    """One step. `time` is the clock, `at` the whole moment, `delta` the distance to the event."""

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
    """The breadcrumbs to show; `older` are left out. `stray` is what was sent instead of a list."""

    crumbs: tuple[Crumb, ...] = ()
    older: int = 0
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.crumbs or self.stray)


def breadcrumbs(value: object, event_at: datetime | None, shift: timedelta = timedelta(0)) -> Trail:
    """`breadcrumbs` of an event that happened at `event_at`; `shift` sets the client's clock right."""
    sent = items(value)
    if not sent:
        empty = value in (None, "", [], {}) or (
            isinstance(value, dict) and value.get("values") in (None, [], {})
        )
        return Trail() if empty else Trail(stray=show(value))
    kept = [crumb for crumb in sent if crumb not in (None, {}, "")]
    return Trail(
        tuple(_crumb(crumb, event_at, shift) for crumb in reversed(kept[-MOST:])),
        max(0, len(kept) - MOST),
    )


def _crumb(sent: object, event_at: datetime | None, shift: timedelta) -> Crumb:
    if not isinstance(sent, dict):
        return Crumb("", None, "", "", "", "", message=show(sent))
    at = times.shifted(times.moment(sent.get("timestamp")), shift)
    level = line(sent.get("level"), 20).lower()
    headline, status, failed, link, used = _in_words(sent)
    message = sent.get("message")
    data = sent.get("data")
    rows: list[Field] = []
    if isinstance(data, dict):
        rows = [
            Field(line(name, 80), show(member))
            for name, member in list(data.items())[:60]
            if name not in used
        ]
    elif data not in (None, "", []):
        rows = [Field("data", show(data))]
    known = {"timestamp", "type", "category", "level", "message", "data", "ty", "event_id"}
    rows += [
        Field(line(name, 80), show(member)) for name, member in list(sent.items())[:40] if name not in known
    ]
    if at is None and sent.get("timestamp") not in (None, ""):
        rows.append(Field("timestamp", show(sent["timestamp"])))
    return Crumb(
        time=f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if at else "",
        at=at,
        delta=times.before(at, event_at) if at and event_at else "",
        level=_WORDS.get(level, level) if level in _LEVELS else ("" if not level else "info"),
        category=line(sent.get("category"), 80),
        type=line(sent.get("type") or sent.get("ty"), 40),
        headline=headline,
        status=status,
        failed=failed,
        link=link,
        message=None if message in (None, "") else show(message),
        data=tuple(rows),
    )


def _in_words(sent: dict[str, Any]) -> tuple[str, str, bool, str, set[str]]:
    """Headline, status, whether that is a failure, link, and which keys of `data` these already tell."""
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
