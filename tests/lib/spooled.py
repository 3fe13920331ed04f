"""Builds records of every kind for a spool, and reads what a digest stored of them."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from accounts.models import Project
from ingest import spool
from ingest.ledger import summary
from ingest.ledger.outcomes import Outcome, Reason
from ingest.ledger.tally import AnsweredRequest, Tally
from ingest.models import IntakeRequest, OutcomeCount, SegmentProgress
from ingest.spool import Record, files, quarantine_files
from issues import facts
from issues.models import (
    Activity,
    AlertFact,
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    ProjectDay,
    ProjectHour,
    Reference,
    SampledEvent,
    SessionDay,
    UserReport,
)
from issues.record import codec, references
from tests.lib import events

AT = 1_764_000_000.0


def hex_id(*parts: object) -> str:
    return uuid5(NAMESPACE_OID, repr(parts)).hex


def spooled(project: int, kind: str, payload: bytes | dict[str, Any], number: int = 0, **over: Any) -> Record:
    """A record. Its id and time follow from `number`."""
    data = payload if isinstance(payload, bytes) else events.dumps(payload)
    values = {
        "kind": kind,
        "project_id": project,
        "event_id": hex_id("event", number),
        "received_at": AT + number,
        "remote_addr": "192.0.2.1",
        "sent_at": None,
        "payload": data,
        **over,
    }
    return Record(**values)


def event(project: int, number: int, title: str = "E", **over: Any) -> Record:
    body = {
        "exception": {"values": [{"type": title, "value": "v"}]},
        "platform": "python",
        "user": {"id": number},
    }
    return spooled(project, "event", over.pop("payload", body), number, **over)


def attachment(project: int, number: int, data: bytes = b"bytes", **over: Any) -> Record:
    meta = {"id": hex_id("file", number), "filename": f"{number}.txt", "content_type": "text/plain"}
    return spooled(project, "attachment", data, number, **{"meta": meta, **over})


def session(project: int, number: int, **over: Any) -> Record:
    body = {
        "sid": hex_id("sid", number), "init": True, "started": "2025-11-24T16:00:00Z", "status": "ok",
        "attrs": {"release": "shop@1", "environment": "production"},
    }  # fmt: skip
    return spooled(project, "session", {**body, **over}, number)


def user_report(project: int, number: int) -> Record:
    body = {
        "event_id": hex_id("event", number),
        "name": "Ana",
        "email": "ana@example.org",
        "comments": "It broke.",
    }
    return spooled(project, "user_report", body, number)


def check_in(project: int, number: int) -> Record:
    body = {"check_in_id": hex_id("run", number), "monitor_slug": "nightly", "status": "ok"}
    return spooled(project, "check_in", body, number)


def client_report(project: int, number: int, quantity: int = 3) -> Record:
    entry = {"reason": "before_send", "category": "error", "quantity": quantity}
    return spooled(project, "client_report", {"discarded_events": [entry]}, number)


def edge_counts(number: int, *projects: int, used: Sequence[int] = ()) -> Record:
    """A tally of the edge with two refused items, one accepted and one refused request for each of `projects`;
    the keys `used` were used."""
    tally = Tally()
    for project in projects:
        tally.count(project, "error", Outcome.TOO_LARGE, Reason.TOO_LARGE_EVENT, 2, at=AT + number)
        for status, reason in ((200, ""), (413, Reason.TOO_LARGE_EVENT)):
            request = AnsweredRequest(
                AT + number, "envelope", status, reason, "sdk/1", "", "192.0.2.1", None, {"n": number}
            )
            tally.remember(project, request)
    for key_id in used:
        tally.use(key_id, AT + number)
    payload = tally.take()
    assert payload is not None
    return spooled(0, "intake", payload, number)


def blob(directory: Path, name: str, data: bytes) -> str:
    """Write a blob, as the edge does for large payloads. Returns its name."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}{files.BLOB}").write_bytes(data)
    return f"{name}{files.BLOB}"


def segment_of(directory: Path, begun: datetime, suffix: str = files.SEALED, size: int = 10) -> Path:
    """Write a segment that was begun at this time, with `size` bytes that are not records. Returns its path."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{int(begun.timestamp() * 1e9):020d}-test-1-0{suffix}"
    path.write_bytes(b"x" * size)
    return path


def set_aside(directory: Path) -> list[dict[str, Any]]:
    """The records in quarantine, each with its payload as bytes."""
    found = []
    for _, about in quarantine_files.read(directory):
        if "payload_file" in about:
            data = (directory / quarantine_files.DIRECTORY / about["payload_file"]).read_bytes()
        elif "payload_base64" in about:
            data = base64.b64decode(about["payload_base64"])
        else:
            data = about["payload"].encode()
        found.append({**about, "payload": data})
    return found


def alert_facts() -> list[Any]:
    """What is written down for alerts, however it is spread over rows."""
    titles: dict[Any, str] = dict(Issue.objects.values_list("pk", "title"))
    found: Counter[tuple[Any, ...]] = Counter()
    for fact in AlertFact.objects.all():
        for change in facts.changes_of(fact):
            about = titles.get(change.issue, ""), change.environment, change.release, change.detail
            found[fact.project_id, change.news, *about] += 1
        for issue, numbers in facts.volume_of(fact).items():
            for what, number in zip(("events", "people"), numbers, strict=True):
                found[fact.project_id, what, titles[issue]] += number
    return sorted(found.items(), key=str)


def tables() -> dict[str, Any]:
    """Everything that a digest writes, without random values."""

    def rows(objects: Any, *names: str) -> list[Any]:
        return sorted(objects.values_list(*names))

    return {
        "projects": rows(
            Project.objects, "pk", "digested_event_count", "stored_event_count", "last_digest_order", "quota_exceeded_reason"
        ),
        "events": rows(
            Event.objects, "project_id", "event_id", "issue__title", "digest_order", "timestamp", "ingested_at", "level",
            "release", "environment", "worth", "sample_rate",
        ),
        "payloads": payloads(),
        "issues": rows(
            Issue.objects, "project_id", "title", "digest_order", "event_count", "stored_event_count", "user_count",
            "status", "level", "first_seen", "last_seen", "first_release", "last_release", "first_environment",
            "last_environment",
        ),
        "groupings": rows(Grouping.objects, "project_id", "key", "issue__title"),
        "hours": rows(IssueHour.objects, "grouping__project_id", "grouping__issue__title", "hour", "count"),
        "days": rows(IssueDay.objects, "grouping__project_id", "grouping__issue__title", "day", "count"),
        "project hours": rows(ProjectHour.objects, "project_id", "hour", "count"),
        "project days": rows(ProjectDay.objects, "project_id", "day", "count"),
        "people": rows(IssuePerson.objects, "grouping__project_id", "grouping__issue__title", "person"),
        "tag keys": rows(IssueTagKey.objects, "grouping__project_id", "grouping__issue__title", "key", "count", "values_kept"),
        "tags": rows(IssueTag.objects, "grouping__project_id", "grouping__issue__title", "key", "value", "count"),
        "activity": rows(Activity.objects, "issue__project_id", "issue__title", "kind"),
        "facts": alert_facts(),
        "sampled": rows(SampledEvent.objects, "project_id", "event_id"),
        "attachments": rows(Attachment.objects, "project_id", "event_id", "name", "file"),
        "reports": rows(UserReport.objects, "project_id", "report_id", "comments"),
        "check-ins": rows(CheckIn.objects, "state__monitor__project_id", "check_in_id", "status"),
        "sessions": rows(SessionDay.objects, "project_id", "release", "total"),
        "requests": rows(IntakeRequest.objects, "project_id", "received_at", "status", "reason"),
        "ledger": rows(OutcomeCount.objects, "project_id", "minute", "category", "outcome", "reason", "quantity"),
    }  # fmt: skip


def payloads() -> dict[str, Any]:
    """The decoded payloads by event. Checks that each reference knows how many payloads use it."""
    found = {}
    uses: Counter[int | None] = Counter()
    for event in Event.objects.all():
        found[f"{event.project_id} {event.event_id}"] = references.read_one(event.payload)
        uses[codec.reference_id(event.payload)] += 1
    del uses[None]
    assert dict(Reference.objects.values_list("id", "uses")) == dict(uses)
    return found


def outcomes(project: Project) -> dict[tuple[str, str, str], int]:
    """The project's ledger summed up over all minutes, by (category, outcome, reason)."""
    found: dict[tuple[str, str, str], int] = {}
    for row in OutcomeCount.objects.filter(project=project):
        key = row.category, row.outcome, row.reason
        found[key] = found.get(key, 0) + row.quantity
    return found


def assert_balanced(*projects: Project) -> None:
    """Check that every accepted item has exactly one outcome in the same minute, and that as many events are stored as counted."""
    for project in projects:
        minutes = list(
            OutcomeCount.objects.filter(project=project).values_list("minute", flat=True).distinct()
        )
        for minute in minutes:
            start = datetime.fromtimestamp(minute * 60, UTC)
            found = summary.summarize(project.pk, start, start + timedelta(minutes=1))
            assert found.unknown == 0
            assert found.received == sum(sum(bucket.quantities.values()) for bucket in found.buckets)
        kept = {"stored", "salvaged"}
        stored = sum(
            n for (name, outcome, _), n in outcomes(project).items() if name == "error" and outcome in kept
        )
        assert stored == Event.objects.filter(project=project).count()


def progress_rows() -> list[tuple[str, int, int]]:
    return sorted(SegmentProgress.objects.values_list("segment", "project_id", "done"))


def write_all(directory: Path, segments: Iterable[Iterable[Record]]) -> None:
    """Seal one segment for each list of records."""
    for records in segments:
        spool.write_sealed(directory, records, fsync=False)
