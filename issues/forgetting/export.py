"""Everything that is kept of a person of a project, as a ZIP file that people and programs can read. Memory is bounded, and so is time."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, HttpResponse

from accounts import audit
from accounts.models import Project
from issues import files
from issues.forgetting.whom import Whom
from issues.models import (
    Attachment,
    Event,
    IssuePerson,
    Person,
    SessionPerson,
    UserReport,
)
from issues.payload.user import stored_identity
from issues.record import codec, references
from rustrak.lib import clock

#: Past so many events of a person the file is not made while a browser waits.
MOST_EXPORTED = 5000
# Rows that are in memory at a time, and bytes of a file.
_ROWS, _CHUNK = 50, 256 * 1024
_LONGEST_NAME = 100

README = """What this installation keeps of one person of one project.

person.json     what names the person, and when they were last seen
issues.jsonl    the issues that happened to them; event_count are the events of this person
events.jsonl    the stored events of this person; "event" is what their program sent, as it is kept
feedback.jsonl  what they said
sessions.jsonl  on which days they used which release
attachments/    files of these events and of the feedback, by event and feedback

Each line of a .jsonl file is a JSON object. Events that have expired are counted in issues.jsonl, and not kept.
"""


class TooMany(ValueError):
    """The person has more events than were asked for. The message is for people."""


def write(project: Project, whom: Whom, file: IO[bytes], most: int | None = None) -> int:
    """Write all that is kept of the person into `file`, which can be sought. Returns how many events.

    Raises TooMany when there are more than `most` (None: any number), before anything is written.
    """
    met = IssuePerson.objects.filter(person__in=whom.numbers, grouping__project=project).order_by("pk")
    groupings = sorted(set(met.values_list("grouping", flat=True)))
    if most is not None:
        stored = Event.objects.filter(grouping__in=groupings)[: 20 * most + 1].count()
        counted = sum(met.values_list("event_count", flat=True))
        if stored > 20 * most or counted > most:
            raise TooMany("There are too many events to send them here: use manage.py export_person.")
    with transaction.atomic():
        audit.record(
            audit.Action.USER_EXPORT, name=", ".join(map(str, sorted(whom.numbers)))[:254], project=project
        )
    sent = bytearray()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("README.txt", README)
        people = Person.objects.filter(project=project, person__in=whom.numbers).order_by("pk")
        about = {
            "project": project.slug,
            "exported_at": clock.rfc3339(clock.now()),
            "people": list(map(_person, people)),
        }
        archive.writestr("person.json", json.dumps(about, indent=2, ensure_ascii=False))
        _lines(archive, "issues.jsonl", map(_issue, met.select_related("grouping__issue").iterator(_ROWS)))
        with archive.open("events.jsonl", "w", force_zip64=True) as entry:
            for event, data in _events(whom, groupings):
                sent += event.event_id.bytes
                head = json.dumps(_event(event))[:-1].encode()
                entry.write(head + b', "event": ' + data + b"}\n")
        reports = _reports(project, whom, bytes(sent))
        _lines(archive, "feedback.jsonl", map(_report, reports))
        days = SessionPerson.objects.filter(
            session_day__project=project, person__in=whom.session_numbers
        ).select_related("session_day")
        _lines(archive, "sessions.jsonl", map(_session, days.order_by("pk").iterator(_ROWS)))
        with_files = _ids(bytes(sent) + b"".join(report.report_id.bytes for report in reports))
        for attachment in _attachments(project, with_files):
            _copy(archive, attachment)
    return len(sent) // 16


def answer(project: Project, known: Whom) -> HttpResponse:
    """The file, to be saved. Raises TooMany."""
    settings.RUN_DIR.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=settings.RUN_DIR)  # noqa: SIM115  the response closes it
    try:
        write(project, known, file, MOST_EXPORTED)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(
        file, as_attachment=True, filename=f"{project.slug}-person.zip", content_type="application/zip"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return cast("HttpResponse", response)


def _lines(archive: zipfile.ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> None:
    with archive.open(name, "w", force_zip64=True) as entry:
        for row in rows:
            entry.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _events(whom: Whom, groupings: list[int]) -> Iterator[tuple[Event, bytes]]:
    for grouping in groupings:
        rows, last = Event.objects.filter(grouping=grouping).order_by("digest_order"), 0
        while some := list(rows.filter(digest_order__gt=last)[:_ROWS]):
            last = some[-1].digest_order
            for event in some:
                try:
                    [data] = references.data_of([event.payload])
                    identity = stored_identity(codec.loads(data), event.notes or ())
                except codec.UnknownForm:
                    continue
                if whom.is_whose(identity):
                    yield event, data


def _reports(project: Project, whom: Whom, sent: bytes) -> list[UserReport]:
    found: dict[UUID, UserReport] = {}
    by_address = Q(pk__in=[])
    for email in whom.emails:
        by_address |= Q(email__iexact=email)
    for report in project.user_reports.filter(by_address):
        found[report.pk] = report
    for some in _ids(sent):
        for report in project.user_reports.filter(event_id__in=some):
            found[report.pk] = report
    return sorted(found.values(), key=lambda report: (report.ingested_at, report.pk))


def _ids(sent: bytes) -> Iterator[list[UUID]]:
    step = 16 * _ROWS
    for start in range(0, len(sent), step):
        part = sent[start : start + step]
        yield [UUID(bytes=bytes(part[at : at + 16])) for at in range(0, len(part), 16)]


def _attachments(project: Project, ids: Iterable[list[UUID]]) -> Iterator[Attachment]:
    for some in ids:
        yield from Attachment.objects.filter(project=project, event_id__in=some).order_by("pk")


def _copy(archive: zipfile.ZipFile, attachment: Attachment) -> None:
    name = re.sub(r"[^\w.-]|\.(?=\.)", "_", attachment.name)[-_LONGEST_NAME:]
    path = f"attachments/{attachment.event_id.hex}/{attachment.pk.hex[-8:]}-{name}"
    try:
        opened = files.storage().open(attachment.file, "rb")
    except FileNotFoundError:
        return  # deleted meanwhile
    with opened, archive.open(path, "w", force_zip64=True) as entry:
        while chunk := opened.read(_CHUNK):
            entry.write(chunk)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else clock.rfc3339(moment)


def _person(row: Person) -> dict[str, Any]:
    return {
        "number": str(row.person), "id": row.user_id, "email": row.email, "username": row.username,
        "ip_address": row.ip_address, "last_seen": _moment(row.last_seen),
    }  # fmt: skip


def _issue(row: IssuePerson) -> dict[str, Any]:
    issue = row.grouping.issue
    return {
        "issue": str(issue.pk), "title": issue.title, "event_count": row.event_count, "first_seen": _moment(row.first_seen),
        "last_seen": _moment(row.last_seen), "last_release": row.last_release,
    }  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id.hex, "issue": str(event.issue_id), "timestamp": _moment(event.timestamp),
        "received_at": _moment(event.ingested_at), "notes": event.notes,
    }  # fmt: skip


def _report(report: UserReport) -> dict[str, Any]:
    return {
        "id": report.report_id.hex, "event_id": report.event_id.hex if report.event_id else None, "name": report.name,
        "email": report.email, "comments": report.comments, "url": report.url, "received_at": _moment(report.ingested_at),
    }  # fmt: skip


def _session(row: SessionPerson) -> dict[str, Any]:
    day = row.session_day
    return {
        "day": day.day.isoformat(),
        "release": day.release,
        "environment": day.environment,
        "crashed": row.crashed,
    }
