"""Which sessions have been counted, and as what: one small row for each, of a bounded number of sessions.

SDKs send again what was not confirmed, in any order, and every update repeats the state of its session. Each session is
counted once in `total`, once in `errored`, and in the gravest of the states in which it ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from issues import usage
from issues.models import KnownSession, SessionDay
from issues.sessions.sent_session import MAX_AGE, SessionKey, SessionUpdate
from rustrak.lib import bulk

#: The rows of one project and day. Sessions without trouble get the first of them only.
MAX_PER_DAY, MAX_HEALTHY_PER_DAY = 200_000, 100_000
#: The states in which a session can end badly, the gravest first.
STATES = ("crashed", "abnormal", "unhandled")
# A copy that is delivered late may seem to have started later: its times are corrected by the time of its delivery.
_DAYS_APART = MAX_AGE.days + 1


@dataclass(slots=True)
class Report:
    """What the updates of a batch say of one session: whether it began, and what went wrong in it."""

    key: SessionKey
    starts: bool = False
    errored: bool = False
    crashed: bool = False
    abnormal: bool = False
    unhandled: bool = False

    def add(self, update: SessionUpdate) -> None:
        """Take what another update of the session says."""
        self.starts |= update.starts
        self.errored |= update.errored
        self.crashed |= update.crashed
        self.abnormal |= update.abnormal
        self.unhandled |= update.unhandled


@dataclass(frozen=True, slots=True)
class Change:
    """What counting a session changes in its day: `added` and `removed` name counts of SessionDay."""

    key: SessionKey
    added: tuple[str, ...]
    removed: tuple[str, ...] = ()


def record(project_id: int, updates: Iterable[SessionUpdate], room: int) -> tuple[list[Change], int]:
    """Note what these updates say, in the caller's transaction; returns what changes, and how many rows were inserted.

    Past the limits of a day, and of `room` (in bytes), only sessions that begin with this batch are counted, and they
    are not recorded: of others it is not known what has been counted.
    """
    reports: dict[int, Report] = {}
    for update in updates:
        if update.session is not None and (update.starts or update.errored):
            reports.setdefault(update.session, Report(update.key)).add(update)
    changes, inserted = _record(project_id, reports, room)
    return list(changes.values()), inserted


def first_copies(
    project_id: int, items: Mapping[int, SessionKey], room: int
) -> tuple[set[int], list[Change], int]:
    """Which of these items, by a hash of all that was sent, are not copies of one that has been counted.

    Besides as `record`; the changes are only of `known`.
    """
    changes, inserted = _record(
        project_id, {name: Report(key, starts=True) for name, key in items.items()}, room
    )
    first = {name for name, change in changes.items() if "total" in change.added}
    return (
        first,
        [Change(change.key, ("known",)) for change in changes.values() if "known" in change.added],
        inserted,
    )


def _record(project_id: int, reports: Mapping[int, Report], room: int) -> tuple[dict[int, Change], int]:
    if not reports:
        return {}, 0
    known = _known(project_id, reports)
    recorded = _recordable(project_id, {name: reports[name] for name in reports.keys() - known.keys()}, room)
    changes = {
        session: _change(known.get(session), report, new_row=session in recorded)
        for session, report in reports.items()
        if session in known or session in recorded or report.starts
    }
    rows = [
        (
            project_id, known[session].day if session in known else report.key.day, session, True,
            report.errored, report.crashed, report.abnormal, report.unhandled,
        )
        for session, report in reports.items()
        if session in known or session in recorded
    ]  # fmt: skip
    bulk.upsert(
        KnownSession,
        ["project", "day", "session", "counted", "errored", *STATES],
        sorted(rows),
        unique=["project", "day", "session"],
        either=["counted", "errored", *STATES],
    )
    return changes, len(recorded)


def _known(project_id: int, reports: Mapping[int, Report]) -> dict[int, KnownSession]:
    """The rows of these sessions. Of two rows of one session the first is the one that was counted."""
    days = {
        report.key.day + timedelta(days=apart)
        for report in reports.values()
        for apart in range(-_DAYS_APART, _DAYS_APART + 1)
    }
    rows = KnownSession.objects.filter(project_id=project_id, day__in=days, session__in=reports)
    return {row.session: row for row in rows.order_by("-day")}


def _change(before: KnownSession | None, report: Report, *, new_row: bool) -> Change:
    key = report.key if before is None else report.key._replace(day=before.day)
    added = [] if before and before.counted else ["total"]
    if report.errored and not (before and before.errored):
        added.append("errored")
    if new_row:
        added.append("known")
    was = next((name for name in STATES if before and getattr(before, name)), None)
    now = next((name for name in STATES if getattr(report, name)), None)
    if now is None or (was is not None and STATES.index(was) <= STATES.index(now)):
        return Change(key, tuple(added))
    return Change(key, (*added, now), (was,) if was else ())


def _recordable(project_id: int, new: dict[int, Report], room: int) -> set[int]:
    """Those of the sessions that get a row."""
    if not new:
        return set()
    days: set[date] = {report.key.day for report in new.values()}
    counted = SessionDay.objects.filter(project_id=project_id, day__in=days).values_list("day")
    used: Counter[date] = Counter(
        {day: int(sum_ or 0) for day, sum_ in counted.annotate(Sum("known")).order_by()}
    )
    chosen: set[int] = set()
    for session in _by_worth(new)[: max(0, room - reserve()) // usage.KNOWN_SESSION]:
        report = new[session]
        if used[report.key.day] < (MAX_PER_DAY if report.errored else MAX_HEALTHY_PER_DAY):
            used[report.key.day] += 1
            chosen.add(session)
    return chosen


def _by_worth(new: dict[int, Report]) -> Sequence[int]:
    """Those that went wrong first: more updates of them arrive."""
    return sorted(new, key=lambda session: (not new[session].errored, session))


def reserve() -> int:
    """The bytes that these rows leave to others: days of new releases, and people."""
    most = usage.allowed("session").bytes
    return 0 if most == usage.UNLIMITED else most // 4
