"""What is deleted of a person, step by step. A part of a step reads without any lock; what it writes is committed with the job's position.

Counts of events stay, as they do when events expire: they say nothing of anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from accounts.models import Project
from issues import files, usage
from issues.forgetting.whom import Whom
from issues.models import (
    Attachment,
    Event,
    Grouping,
    Issue,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    Person,
    Reference,
    SessionDay,
    SessionPerson,
    UserReport,
)
from issues.models.grouping import KEY_BYTES
from issues.payload.user import stored_identity
from issues.people import directory
from issues.record import codec, references
from issues.record.words import issue_text
from issues.retention import events, people
from rustrak.lib import bulk

# Rows of one part.
_EVENTS, _REFERENCES, _REPORTS, _ISSUES, _TAGS = 25, 100, 100, 50, 1000


@dataclass(frozen=True, slots=True)
class Part:
    """`write` deletes, in a transaction with the project's lock. `position` is where the next part begins; None: there is none.
    `looked` and `found` are how many events were looked at, and how many of them are the person's."""

    write: Callable[[], None]
    position: str | None
    looked: int = 0
    found: int = 0


Step = Callable[[Project, Whom, str], Part]


def _nothing() -> None:
    """There is nothing to write."""


def keep_references_from_new_events(project: Project, whom: Whom, position: str) -> Part:
    """References are copies of events: no new event may be compressed against one of this person."""
    rows = Reference.objects.filter(project=project, pk__gt=int(position or -1)).order_by("pk")
    some = list(rows.values_list("pk", "payload", "is_current")[:_REFERENCES])
    theirs = [pk for pk, payload, is_current in some if is_current and _is_whose(whom, payload)]

    def write() -> None:
        Reference.objects.filter(pk__in=theirs).update(is_current=False)

    return Part(write, str(some[-1][0]) if some else None)


def delete_events(project: Project, whom: Whom, position: str) -> Part:
    """Their events with attachments and feedback. Others that were compressed against one of them are compressed anew."""
    rows = Event.objects.filter(project=project).order_by("event_id")
    if position:
        rows = rows.filter(event_id__gt=UUID(position))
    some = list(rows.values_list("pk", "event_id", "grouping_id", "payload", "notes")[:_EVENTS])
    theirs: list[tuple[UUID, UUID, int]] = []
    anew: list[tuple[UUID, bytes, bytes]] = []
    known: dict[int, bool] = {}
    for pk, event_id, grouping, payload, notes in some:
        payload = bytes(payload)
        try:
            [data] = references.data_of([payload])
            identity = stored_identity(codec.loads(data), notes or ())
        except codec.UnknownForm:
            continue  # nobody can read it any more
        if whom.is_whose(identity):
            theirs.append((pk, event_id, grouping))
        elif (key := codec.reference_id(payload)) is not None:
            if key not in known:
                known[key] = _is_whose_data(whom, references.contents([key]).get(key))
            if known[key]:
                anew.append((pk, payload, codec.encode(data)))

    def write() -> None:
        if theirs:
            sent = [event_id for _, event_id, _ in theirs]
            _delete_reports(project.pk, UserReport.objects.filter(project=project, event_id__in=sent))
            events.delete(project.pk, [pk for pk, _, _ in theirs])
            issue_text.clear(project.pk, sorted({grouping for _, _, grouping in theirs}))
        _compress_anew(project.pk, anew)

    return Part(write, some[-1][1].hex if some else None, len(some), len(theirs))


def delete_feedback(project: Project, whom: Whom, position: str) -> Part:
    """What they said without an event."""
    by_address = Q(pk__in=[])
    for email in whom.emails:
        by_address |= Q(email__iexact=email)
    some = list(project.user_reports.filter(by_address).values_list("pk", flat=True)[:_REPORTS])
    return Part(
        lambda: _delete_reports(project.pk, UserReport.objects.filter(pk__in=some)), "again" if some else None
    )


def delete_people(project: Project, whom: Whom, position: str) -> Part:
    """That issues met them, and what names them."""
    rows = IssuePerson.objects.filter(person__in=whom.numbers, grouping__project=project)
    issues = list(rows.order_by().values_list("grouping__issue", flat=True).distinct()[:_ISSUES])

    def write() -> None:
        found = rows.filter(grouping__issue__in=issues)
        pairs = list(found.values_list("grouping__issue", "person", "grouping"))
        found.delete()
        usage.add(project.pk, {"tag": (-len(pairs), -len(pairs) * usage.PERSON)})
        by_issue = Counter(issue for issue, _ in {(issue, person) for issue, person, _ in pairs})
        for issue, count in sorted(by_issue.items()):
            own = Issue.everything.filter(pk=issue)
            own.update(user_count=Greatest(Value(0), F("user_count") - count))
            # Muting until more people come counts from how many there were.
            muted = own.filter(mute_from_people__isnull=False)
            muted.update(mute_from_people=Greatest(Value(0), F("mute_from_people") - count))
        issue_text.clear(project.pk, sorted({grouping for _, _, grouping in pairs}))

    if issues:
        return Part(write, "again")
    named = list(Person.objects.filter(project=project, person__in=whom.numbers).values_list("pk", flat=True))

    def delete_names() -> None:
        people.delete_names(project.pk, named)
        directory.forget()

    return Part(delete_names, None)


def delete_session_people(project: Project, whom: Whom, position: str) -> Part:
    """On which days they used which release."""
    rows = SessionPerson.objects.filter(session_day__project=project, person__in=whom.session_numbers)
    some = list(rows.order_by("pk").values_list("pk", "session_day")[:_ISSUES])

    def write() -> None:
        SessionPerson.objects.filter(pk__in=[pk for pk, _ in some]).delete()
        by_day = sorted(Counter(day for _, day in some).items())
        bulk.update(SessionDay, ["id", "people"], by_day, "people = issues_sessionday.people - :people:")
        usage.add(project.pk, {"session": (-len(some), -len(some) * usage.SESSION_PERSON)})

    return Part(write, "again" if some else None)


def delete_tags(project: Project, whom: Whom, position: str) -> Part:
    """The values of tags that name them; the number of events with the key stays."""
    rows = IssueTag.objects.filter(project=project, pk__gt=int(position or 0)).order_by("pk")
    some = list(rows.values_list("pk", "grouping", "key", "value")[:_TAGS])
    theirs = [row for row in some if whom.is_value(row[3])]

    def write() -> None:
        IssueTag.objects.filter(pk__in=[row[0] for row in theirs]).delete()
        kept = Counter((grouping, key) for _, grouping, key, _ in theirs)
        bulk.update(
            IssueTagKey,
            ["grouping", "key", "values_kept"],
            [(*key, count) for key, count in sorted(kept.items())],
            "values_kept = issues_issuetagkey.values_kept - :values_kept:",
            2,
        )
        size = sum(usage.TAG + usage.size(key, value) for _, _, key, value in theirs)
        usage.add(project.pk, {"tag": (-len(theirs), -size)})
        issue_text.clear(project.pk, sorted({grouping for _, grouping, _, _ in theirs}))

    return Part(write if theirs else _nothing, str(some[-1][0]) if some else None)


def clean_titles(project: Project, whom: Whom, position: str) -> Part:
    """Names in titles of issues, and in the keys that say why events were grouped. The keys' hashes stay, so grouping does, too."""
    rows = Grouping.objects.filter(project=project, pk__gt=int(position or 0)).order_by("pk")
    some = list(rows.select_related("issue")[:_TAGS])
    changed: dict[UUID, dict[str, str]] = {}
    keys: dict[int, str] = {}
    for grouping in some:
        issue = grouping.issue
        columns = {name: getattr(issue, name) for name in ("title", "type", "value", "culprit")}
        if new := {name: made for name, text in columns.items() if (made := whom.without(text)) != text}:
            changed[issue.pk] = new
        if (made := whom.without(grouping.key)) != grouping.key:
            keys[grouping.pk] = made[:KEY_BYTES]
    touched = [each.pk for each in some if each.pk in keys or each.issue_id in changed]

    def write() -> None:
        for pk, new in sorted(changed.items()):
            Issue.everything.filter(pk=pk).update(**new)
        for key, made in sorted(keys.items()):
            Grouping.objects.filter(pk=key).update(key=made)
        issue_text.clear(project.pk, touched)

    return Part(write if touched else _nothing, str(some[-1].pk) if some else None)


#: In this order: what names the person is needed until the end.
STEPS: Sequence[Step] = (
    keep_references_from_new_events,
    delete_events,
    delete_feedback,
    delete_people,
    delete_session_people,
    delete_tags,
    clean_titles,
)


def _is_whose(whom: Whom, payload: Any) -> bool:
    try:
        return _is_whose_data(whom, codec.data(payload))
    except codec.UnknownForm:
        return False


def _is_whose_data(whom: Whom, data: bytes | None) -> bool:
    if data is None:
        return False
    try:
        return whom.is_whose(stored_identity(codec.loads(data), ()))
    except codec.UnknownForm:
        return False


def _compress_anew(project_id: int, rows: Iterable[tuple[UUID, bytes, bytes]]) -> None:
    size = 0
    for pk, before, after in rows:
        # Retention may have deleted the event meanwhile, and released its reference.
        if Event.objects.filter(pk=pk).update(payload=after):
            references.release([before])
            size += len(after) - len(before)
    if size:
        usage.add(project_id, {"event": (0, size)})


def _delete_reports(project_id: int, reports: Any) -> None:
    """Delete feedback with its pictures, which have its own id."""
    own = list(reports.values_list("report_id", flat=True))
    files.delete(Attachment.objects.filter(project=project_id, event_id__in=own))
    events.delete_reports(project_id, reports)
