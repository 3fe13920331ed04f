"""The audit log: who changed what, from where, and when. With filters, and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, installation
from accounts.audit import export, reading
from accounts.audit.actions import BY_NAME, WORDS, words
from accounts.audit.reading import Filters
from accounts.models import AuditEntry, Project
from rustrak.lib import clock, keyset

SIZE = 50
# In the menu. Others are reached through an entry of theirs.
MOST_PROJECTS = 500
_NAMES = ("person", "action", "project", "since", "until")


@dataclass(frozen=True)
class Row:
    """An entry as the page shows it. The links lead to all entries of the person or the project."""

    entry: AuditEntry
    what: str
    kind: str
    details: list[tuple[str, str]]
    of_person: str
    of_project: str


@installation(reads=Capability.AUDIT_READ, changes=Capability.AUDIT_READ)
@require_safe
def audit_log(request: SignedInRequest) -> HttpResponse:
    """The entries, newest first. Query string: `person` (a whole address), `action`, `project` (an id), `since` and `until` (dates in
    UTC, both included), `cursor`."""
    filters, asked = _asked(request.GET)
    cursor = request.GET.get("cursor")
    try:
        page = keyset.page(filters.entries(), reading.ORDER, descending=True, cursor=cursor, limit=SIZE)
    except keyset.BadCursor:
        cursor = None
        page = keyset.page(filters.entries(), reading.ORDER, descending=True, cursor=None, limit=SIZE)
    context = {
        "rows": [_row(entry) for entry in page.items],
        "asked": asked,
        "first": _link(asked) if cursor else "",
        "older": _link({**asked, "cursor": page.next_cursor}) if page.next_cursor else "",
        "csv": _link(asked),
        "actions": [(action.value, text) for action, text in WORDS.items()],
        "projects": Project.objects.visible_to(request.user).by_name().only("id", "name")[:MOST_PROJECTS],
    }
    return render(request, "accounts/audit.html", context)


@installation(reads=Capability.AUDIT_READ, changes=Capability.AUDIT_READ)
@require_safe
def audit_csv(request: SignedInRequest) -> HttpResponse:
    """All entries of the same filters as CSV, sent as they are read."""
    filters, _ = _asked(request.GET)
    response = StreamingHttpResponse(
        export.lines(reading.all_of(filters.entries())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="audit-{clock.now():%Y-%m-%d}.csv"'
    return response  # type: ignore[return-value]


def _asked(query: QueryDict) -> tuple[Filters, dict[str, str]]:
    """The filters of a query string, and the parts of it that were understood: others are ignored."""
    given = {name: query.get(name, "").strip()[:254] for name in _NAMES}
    person = given["person"].lower().replace("\0", "")
    action = BY_NAME.get(given["action"])
    project = int(given["project"]) if given["project"].isascii() and given["project"].isdigit() else None
    project = project if project is not None and project < 2**63 else None
    since, until = _day(given["since"]), _day(given["until"])
    filters = Filters(
        person=person,
        action=action,
        project=project,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )
    understood = {
        "person": person,
        "action": action.value if action else "",
        "project": str(project) if project is not None else "",
        "since": given["since"] if since else "",
        "until": given["until"] if until else "",
    }
    return filters, {name: value for name, value in understood.items() if value}


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Far from the ends of the calendar, where neither a day more nor a database has room.
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year <= 9998 else None


def _link(parameters: dict[str, str]) -> str:
    return "?" + urlencode(parameters)


def _row(entry: AuditEntry) -> Row:
    return Row(
        entry=entry,
        what=words(entry.action),
        kind=entry.get_actor_kind_display(),
        details=reading.said(entry.details),
        of_person=_link({"person": entry.actor_name}),
        of_project=_link({"project": str(entry.project_id)}) if entry.project_id else "",
    )
