"""What a project may keep, in bytes and rows of each kind, and how much of it is used.

Anybody may be the sender, so everything that a sender can have stored belongs to a kind, and each kind has a share of
the project's budget: attachments cannot push out events. docs/decisions/0013-byte-budgets.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add as add_up
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, Sum

from issues.models import Usage
from rustrak.lib import bulk

# About what a row takes in its table and its indexes, in bytes, beside the texts that are measured. The same numbers
# serve both databases: they differ by less than a factor of two.
EVENT, ATTACHMENT, REPORT, ISSUE, TAG, PERSON, NAMED_PERSON = 900, 800, 500, 1500, 150, 300, 400
SESSION_DAY, SESSION_PERSON, KNOWN_SESSION, CHECK_IN, STATE = 250, 100, 120, 400, 600
ACTIVITY, REFERENCE, NOTE, TEXT = 250, 100, 20, 200
RELEASE, RELEASE_ENVIRONMENT, DEPLOY = 400, 200, 300
STORED_FILE, ARTIFACT, UPLOAD = 500, 600, 900
COMMIT, COMMIT_FILE = 350, 120


def report_size(comments: str, url: str) -> int:
    """About how many bytes a piece of feedback takes."""
    return REPORT + len(comments.encode()) + len(url.encode())


def person_size(*names: str) -> int:
    """About how many bytes the row takes that names a person of a project."""
    return NAMED_PERSON + size(*names)


UNLIMITED = 2**62
#: Of IssueText.
TEXT_COLUMNS = ("types", "functions", "files", "modules", "urls", "other")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what a project keeps. `share` is its part of the project's bytes in percent, `most` its number of rows
    (0: no limit), `words` its name on pages. `categories` are those of the ledger that count items of this kind."""

    name: str
    words: str
    share: int
    most: int = 0
    categories: tuple[str, ...] = ()


#: By the name of the columns in Usage. The shares make 100.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("event", "events", 40, categories=("error",)),
        Kind("attachment", "attachments", 20, categories=("attachment",)),
        Kind("report", "feedback", 3, categories=("feedback",)),
        Kind("issue", "issues", 8, most=100_000),
        Kind("tag", "tags and users of issues", 6),
        Kind("session", "releases, commits, sessions and their users", 5, categories=("session",)),
        Kind("check_in", "check-ins", 3, most=100_000, categories=("monitor",)),
        # Members upload them, not strangers.
        Kind("artifact", "source maps and debug files", 15),
    )
}
#: How many rows and bytes, by the name of a kind.
Changes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Amount:
    """Rows and bytes of one kind, used or allowed."""

    count: int
    bytes: int


def add(project_id: int, changes: Changes) -> None:
    """Add to a project's usage, in one statement inside the transaction that inserts (or deletes: negative) the rows."""
    fields, row = ["project"], [project_id]
    for name, (count, size) in changes.items():
        if count or size:
            fields += (f"{name}_count", f"{name}_bytes")
            row += (count, size)
    if len(row) > 1:
        bulk.upsert(Usage, fields, [row], unique=["project"], add=fields[1:])


def used(usage: Usage, name: str) -> Amount:
    """How much of a kind the project uses."""
    return Amount(max(0, getattr(usage, f"{name}_count")), max(0, getattr(usage, f"{name}_bytes")))


def allowed(name: str) -> Amount:
    """How much of a kind each project may use; UNLIMITED where there is no limit."""
    kind = KINDS[name]
    budget = settings.RETAIN_BYTES_PER_PROJECT
    return Amount(kind.most or UNLIMITED, budget * kind.share // 100 if budget else UNLIMITED)


def bytes_of(usage: Usage) -> int:
    """All bytes that a project uses."""
    return sum(used(usage, name).bytes for name in KINDS)


def percent(event_bytes: int, own: int, everything: int, projects: int) -> int:
    """How full a project is for events, in percent of their share, or of RETAIN_BYTES when all `projects` together keep
    `everything` and it keeps more than an equal part: `own` bytes, of which `event_bytes` are of events. 0 without limits.
    """
    most, all_bytes = allowed("event").bytes, settings.RETAIN_BYTES
    found = 0 if most == UNLIMITED else 100 * event_bytes // max(1, most)
    if all_bytes and own * projects > all_bytes:
        found = max(found, 100 * everything // all_bytes)
    return found


def room(project_id: int, name: str) -> int:
    """How many more bytes of a kind the project may store now: what is left of its share, and of RETAIN_BYTES."""
    most, everything = allowed(name).bytes, settings.RETAIN_BYTES
    if most == UNLIMITED and not everything:
        return UNLIMITED
    asked: dict[str, Any] = {"own": Sum(f"{name}_bytes", filter=Q(pk=project_id))}
    if everything:
        asked["total"] = Sum(reduce(add_up, (F(f"{each}_bytes") for each in KINDS)))
    found = Usage.objects.aggregate(**asked)
    left = most if most == UNLIMITED else most - max(0, int(found["own"] or 0))
    if everything:
        left = min(left, everything - int(found["total"] or 0))
    return max(0, left)


def forget(project_id: int) -> None:
    """Have the project's usage counted again soon: rows are deleted that nobody subtracts."""
    Usage.objects.filter(pk=project_id).update(recounted_at=None)


def size(*texts: str) -> int:
    """The bytes of texts that are in a row and in an index of it."""
    return 2 * len("".join(texts).encode())


def recount(project_id: int, now: datetime) -> None:
    """Count a project's rows and bytes again.

    Reads without any lock: each kind is counted and compared in one statement, and the difference is added, so that what
    is inserted meanwhile is not lost.
    """
    bulk.upsert(Usage, ["project", "event_count"], [(project_id, 0)], unique=["project"], add="event_count")
    with connection.cursor() as cursor:
        for name in KINDS:
            parts = _parts(name)
            counted = " UNION ALL ".join(
                f"SELECT {count} AS n, {size} AS b FROM {rows}"  # noqa: S608
                for count, size, rows in parts
            )
            cursor.execute(
                f"SELECT COALESCE(SUM(t.n), 0) - MAX(u.{name}_count), COALESCE(SUM(t.b), 0) - MAX(u.{name}_bytes)"  # noqa: S608
                f" FROM issues_usage u CROSS JOIN ({counted}) t WHERE u.project_id = %s",
                [project_id] * (len(parts) + 1),
            )
            count, size = (int(value) for value in cursor.fetchone())
            Usage.objects.filter(pk=project_id).update(
                **{f"{name}_count": F(f"{name}_count") + count, f"{name}_bytes": F(f"{name}_bytes") + size}
            )
    Usage.objects.filter(pk=project_id).update(recounted_at=now)


def _octets(*columns: str) -> str:
    form = "OCTET_LENGTH({})" if connection.vendor == "postgresql" else "LENGTH(CAST({} AS BLOB))"
    return " + ".join(form.format(column) for column in columns)


def _parts(name: str) -> Sequence[tuple[str, str, str]]:
    """What is counted of a kind: SQL of the number of rows, of their bytes, and of where they are; `%s` is the project."""
    of_issue = "JOIN issues_issue i ON i.id = t.issue_id WHERE i.project_id = %s"
    of_release = "JOIN issues_release r ON r.id = t.release_id WHERE r.project_id = %s"
    of_grouping = "JOIN issues_grouping g ON g.id = t.grouping_id WHERE g.project_id = %s"
    of_state = "JOIN issues_monitorstate s ON s.id = t.state_id JOIN issues_monitor m ON m.id = s.monitor_id"
    rows = {
        "event": [
            (
                "COUNT(*)",
                f"SUM({EVENT} + LENGTH(payload) + COALESCE(LENGTH(CAST(notes AS TEXT)), 0))",
                "issues_event WHERE project_id = %s",
            ),
            ("0", f"SUM({REFERENCE} + LENGTH(payload))", "issues_reference WHERE project_id = %s"),
        ],
        "attachment": [("COUNT(*)", f"SUM({ATTACHMENT} + size)", "issues_attachment WHERE project_id = %s")],
        "report": [
            (
                "COUNT(*)",
                f"SUM({REPORT} + {_octets('comments', 'url')})",
                "issues_userreport WHERE project_id = %s",
            )
        ],
        "issue": [
            (
                "COUNT(*)",
                f"SUM({ISSUE} + {_octets('title', 'value')})",
                "issues_issue WHERE project_id = %s",
            ),
            ("0", f"SUM({_octets('key')})", "issues_grouping WHERE project_id = %s"),
            ("0", f"COUNT(*) * {ACTIVITY}", f"issues_activity t {of_issue}"),
            ("0", f"SUM({TEXT} + 2 * ({_octets(*TEXT_COLUMNS)}))", f"issues_issuetext t {of_grouping}"),
        ],
        "tag": [
            (
                "COUNT(*)",
                f"SUM({TAG} + 2 * ({_octets('t.key', 't.value')}))",
                f"issues_issuetag t {of_grouping}",
            ),
            ("COUNT(*)", f"SUM({TAG} + 2 * ({_octets('t.key')}))", f"issues_issuetagkey t {of_grouping}"),
            ("COUNT(*)", f"COUNT(*) * {PERSON}", f"issues_issueperson t {of_grouping}"),
            (
                "COUNT(*)",
                f"SUM({NAMED_PERSON} + 2 * ({_octets('user_id', 'email', 'username', 'ip_address')}))",
                "issues_person WHERE project_id = %s",
            ),
        ],
        "session": [
            (
                "COUNT(*) + COALESCE(SUM(people), 0)",
                f"SUM({SESSION_DAY} + 2 * ({_octets('release', 'environment')}) + people * {SESSION_PERSON})",
                "issues_sessionday WHERE project_id = %s",
            ),
            ("COUNT(*)", f"COUNT(*) * {KNOWN_SESSION}", "issues_knownsession WHERE project_id = %s"),
            (
                "0",
                f"SUM({RELEASE} + 2 * ({_octets('version')}) + {_octets('ref', 'url')} + commit_bytes)",
                "issues_release WHERE project_id = %s",
            ),
            (
                "0",
                f"SUM({RELEASE_ENVIRONMENT} + 2 * ({_octets('t.environment')}))",
                f"issues_releaseenvironment t {of_release}",
            ),
            (
                "0",
                f"SUM({DEPLOY} + {_octets('t.environment', 't.name', 't.url')})",
                f"issues_deploy t {of_release}",
            ),
        ],
        "check_in": [
            ("COUNT(*)", f"COUNT(*) * {CHECK_IN}", f"issues_checkin t {of_state} WHERE m.project_id = %s"),
            (
                "COUNT(*)",
                f"COUNT(*) * {STATE}",
                "issues_monitorstate t JOIN issues_monitor m ON m.id = t.monitor_id WHERE m.project_id = %s",
            ),
        ],
        "artifact": [
            ("COUNT(*)", f"SUM({STORED_FILE} + stored_size)", "issues_storedfile WHERE project_id = %s"),
            ("0", f"COUNT(*) * {ARTIFACT}", "issues_artifact WHERE project_id = %s"),
            ("0", f"COUNT(*) * {UPLOAD}", "issues_upload WHERE project_id = %s"),
        ],
    }
    return rows[name]
