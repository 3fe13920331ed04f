"""Reads and stores what people say about errors: user_report and feedback items.

A report may arrive before its event, after it, or without one. Only the SDK's event id connects the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from issues import usage
from issues.models import UserReport
from issues.payload import access
from issues.record.items import Item, ItemOutcome, Result, Results
from rustrak.lib import bulk, ids, tolerant_json
from rustrak.lib.text.visible_text import has_text

COMMENTS_LENGTH = 10_000
_FIELDS = ("report_id", "event_id", "name", "email", "comments", "url", "source")


TOO_MANY_BYTES = Result(ItemOutcome.FILTERED, "too_many_bytes")


class UnreadableReport(ValueError):
    """The item is not a report; the message is the ledger's code for why."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it will be stored. `cut`: its comments were longer than COMMENTS_LENGTH."""

    report_id: UUID
    event_id: UUID | None
    name: str
    email: str
    comments: str
    url: str
    source: str
    cut: bool

    @property
    def row(self) -> tuple[Any, ...]:
        return astuple(self)[: len(_FIELDS)]


def record(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Store user_report items inside the caller's transaction. A second report about an event replaces the first."""
    return _store(project_id, items, report_of, replace=True)


def record_feedback(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Store feedback items inside the caller's transaction. Feedback that is stored already is a duplicate."""
    return _store(project_id, items, feedback_of, replace=False)


def report_of(item: Item) -> Report:
    """The report in a `user_report` item. Raises UnreadableReport."""
    return read(item.read(), item.id, str(item.meta.get("source") or "user_report"))


def feedback_of(item: Item) -> Report:
    """The report in a `feedback` item. Raises UnreadableReport."""
    return read_feedback(item.read(), item.id, str(item.meta.get("source") or "feedback"))


def read(data: bytes, item_id: str, source: str = "user_report") -> Report:
    """The report in a user_report item: `{event_id, name, email, comments}`.

    `item_id` is the envelope's event id, which counts when the report names no event. Raises UnreadableReport.
    """
    sent = _object(data)
    event_id = UUID(ids.event_id(sent.get("event_id")) or item_id)
    return _report(
        event_id, event_id, sent.get("name"), sent.get("email"), sent.get("comments"), None, source
    )


def read_feedback(data: bytes, item_id: str, source: str = "feedback") -> Report:
    """The report in a feedback item: an event with `contexts.feedback`; its `user` is used where that has no name.

    `item_id` is the feedback's own id. Raises UnreadableReport.
    """
    event = _object(data)
    sent = access.mapping(access.mapping(event.get("contexts")).get("feedback"))
    user = access.mapping(event.get("user"))
    about = ids.event_id(sent.get("associated_event_id"))
    names = (sent.get("name"), user.get("name"), user.get("username"))
    return _report(
        UUID(item_id),
        UUID(about) if about else None,
        next((name for name in names if has_text(access.text(name))), None),
        sent.get("contact_email") or user.get("email"),
        sent.get("message"),
        sent.get("url") or access.mapping(event.get("request")).get("url"),
        access.text(sent.get("source")) or source,
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        return tolerant_json.loads_object(data)
    except tolerant_json.NotAnObject:
        raise UnreadableReport("not_an_object") from None
    except tolerant_json.NotJson:
        raise UnreadableReport("not_json") from None


def _report(
    report_id: UUID, event_id: UUID | None, name: Any, email: Any, comments: Any, url: Any, source: str
) -> Report:
    words = access.text(comments).replace("\r\n", "\n").strip()
    if not has_text(words):
        raise UnreadableReport("no_comments")
    return Report(
        report_id=report_id,
        event_id=event_id,
        name=_line(name, 200),
        email=_line(email, 254),
        comments=words[:COMMENTS_LENGTH],
        url=_line(url, 1000),
        source=_line(source, 32),
        cut=len(words) > COMMENTS_LENGTH,
    )


def _line(value: Any, length: int) -> str:
    # The source comes from a header, which nobody has read tolerantly.
    line = " ".join(access.text(value)[: 16 * length].split())[:length]
    return tolerant_json.cleaned(line) if has_text(line) else ""


def _size(row: tuple[Any, ...]) -> int:
    """About how many bytes a report takes, given as its _FIELDS."""
    return usage.report_size(row[4], row[5])


def _store(
    project_id: int, items: Sequence[Item], reader: Callable[[Item], Report], *, replace: bool
) -> Results:
    results: Results = Counter()
    reports: list[tuple[Report, datetime]] = []
    for item in items:
        try:
            reports.append((item.value(reader), item.received_at))
        except UnreadableReport as error:
            results[Result(ItemOutcome.INVALID, str(error))] += 1
    stored = UserReport.objects.filter(
        project_id=project_id, report_id__in={report.report_id for report, _ in reports}
    )
    known = {row[0]: row for row in stored.values_list(*_FIELDS)}
    known_before = dict(known)
    fresh: dict[UUID, tuple[Report, datetime]] = {}
    room = usage.room(project_id, "report") if reports else 0
    for report, at in reports:
        before = known.get(report.report_id)
        if before == report.row or (before is not None and not replace):
            results[Result(ItemOutcome.DUPLICATE)] += 1
            continue
        room -= _size(report.row)
        if room < 0:
            results[TOO_MANY_BYTES] += 1
            continue
        results[
            Result(ItemOutcome.SALVAGED, "comments_cut") if report.cut else Result(ItemOutcome.STORED)
        ] += 1
        known[report.report_id] = report.row
        fresh.pop(report.report_id, None)
        fresh[report.report_id] = report, at
    replaced = stored.filter(report_id__in=fresh).delete()[0]
    replaced_size = sum(_size(known_before[report_id]) for report_id in fresh if report_id in known_before)
    size = sum(_size(report.row) for report, _ in fresh.values())
    usage.add(project_id, {"report": (len(fresh) - replaced, size - replaced_size)})
    bulk.insert(
        UserReport,
        ["id", "project", *_FIELDS, "ingested_at"],
        [(ids.uuid7(), project_id, *report.row, at) for report, at in fresh.values()],
    )
    return results
