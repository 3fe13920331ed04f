"""What was sent in a project and what was not, newest first, in words for pages and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import Project
from issues.alerts.delivery import mail_server, wording
from issues.models import AlertAttempt, AlertDelivery, Issue, News
from rustrak.lib import keyset
from rustrak.lib.wording import counted, due_text

Status = AlertDelivery.Status

#: What a list of messages is ordered by, descending.
ORDER = ("created_at", "id")
#: Of a message the latest attempts are shown.
MOST_ATTEMPTS = 50
STATUSES: dict[str, str] = {
    Status.COLLECTING: "Collecting",
    Status.WAITING: "Waiting",
    Status.SENT: "Sent",
    Status.GIVEN_UP: "Given up",
    Status.DROPPED: "Not sent",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages are listed; None: all of them. `status` is one of AlertDelivery.Status."""

    status: str | None = None
    channel: int | None = None
    user: int | None = None
    rule: int | None = None
    issue: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its attempts, the latest first, and its issue if that is still there.

    `status` is a word or two, `why` a sentence about it or nothing; `to` names the channel or the person. `headline` is that
    of the message. What attempts say of the other side (`answer`, `error`), and so `why`, is for project admins only: others
    get `brief`.
    """

    delivery: AlertDelivery
    headline: str
    to: str
    status: str
    why: str
    brief: str
    attempts: tuple[AlertAttempt, ...]
    issue: Issue | None

    @property
    def can_be_sent_again(self) -> bool:
        return self.delivery.status in (Status.GIVEN_UP, Status.DROPPED)


def page(
    project: Project, filters: Filters, *, cursor: str | None, limit: int, now: datetime
) -> tuple[list[Entry], str | None]:
    """At most `limit` messages of a project, and the cursor of the next page. Raises keyset.BadCursor."""
    found = keyset.page(_rows(project, filters), ORDER, descending=True, cursor=cursor, limit=limit)
    return entries(project, found.items, now), found.next_cursor


def entries(project: Project, rows: list[AlertDelivery], now: datetime) -> list[Entry]:
    """Messages of a project in words, in their order, with at most three queries."""
    wanted = {row.issue for row in rows if row.issue is not None}
    issues = {one.pk: one for one in Issue.objects.filter(pk__in=wanted, project=project)} if wanted else {}
    for one in issues.values():
        one.project = project
    mail_opens = mail_server.opens_at() if any(_waits_for_mail(row) for row in rows) else None
    return [_entry(row, issues, mail_opens, now) for row in rows]


def of(project: Project, key: UUID) -> AlertDelivery | None:
    """One message of a project."""
    return _rows(project, Filters()).filter(pk=key).first()


def send_again(delivery: AlertDelivery, now: datetime) -> bool:
    """Have a message that was given up or dropped sent after all, now; whether it was one.

    It keeps its idempotency key, and has another day.
    """
    return bool(
        AlertDelivery.objects.filter(pk=delivery.pk, status__in=[Status.GIVEN_UP, Status.DROPPED]).update(
            status=Status.WAITING,
            reason="",
            created_at=now,
            next_attempt_at=now,
            finished_at=None,
            leased_until=None,
            leased_by="",
        )
    )


def _rows(project: Project, filters: Filters) -> QuerySet[AlertDelivery]:
    rows = AlertDelivery.objects.filter(project=project)
    for name, value in (
        ("status", filters.status),
        ("channel", filters.channel),
        ("user", filters.user),
        ("rule", filters.rule),
        ("issue", filters.issue),
    ):
        if value is not None:
            rows = rows.filter(**{name: value})
    attempts = Prefetch("history", AlertAttempt.objects.order_by("-id")[:MOST_ATTEMPTS], to_attr="latest")
    return rows.select_related("rule", "channel", "user").prefetch_related(attempts)


def _entry(
    row: AlertDelivery, issues: dict[UUID, Issue], mail_opens: datetime | None, now: datetime
) -> Entry:
    brief, why = _why(row, mail_opens, now)
    return Entry(
        delivery=row,
        headline=wording.headline(News(row.news), row.facts),
        to=_recipient(row),
        status=STATUSES[row.status],
        why=why,
        brief=brief,
        attempts=tuple(row.latest),  # type: ignore[attr-defined]
        issue=issues.get(row.issue) if row.issue else None,
    )


def _recipient(row: AlertDelivery) -> str:
    if row.channel is not None:
        return row.channel.name
    return row.user.get_short_name() if row.user is not None else ""


def _why(row: AlertDelivery, mail_opens: datetime | None, now: datetime) -> tuple[str, str]:
    """Why a message has its status, without and with what the other side said."""
    tried = counted(row.attempts, "attempt")
    match row.status:
        case Status.SENT:
            return (row.reason or (f"After {tried}." if row.attempts > 1 else ""),) * 2
        case Status.COLLECTING:
            return (
                f"It will be sent {_when(row.next_attempt_at, now)}, with whatever else happens until then.",
            ) * 2
        case Status.GIVEN_UP:
            return f"It could not be sent, after {tried}.", row.reason
        case Status.DROPPED:
            return row.reason, row.reason
    waits = _waits(row, mail_opens, now)
    failed = f"It could not be sent, after {tried}. " if row.attempts and row.reason else ""
    return failed + waits, (f"{row.reason} " if row.reason else "") + waits


def _waits(row: AlertDelivery, mail_opens: datetime | None, now: datetime) -> str:
    channel = row.channel
    if row.leased_until is not None and row.leased_until > now:
        return "It is being sent."
    if channel is not None and not channel.is_enabled:
        return "The channel is switched off."
    if channel is not None and channel.paused_at is not None:
        return "The channel is paused, because it kept failing."
    opens = (channel.not_before if channel is not None else None) or (
        mail_opens if _waits_for_mail(row) else None
    )
    turn = max(row.next_attempt_at, opens or row.next_attempt_at)
    when = _when(turn, now)
    if row.attempts:
        return f"Next attempt: {when}."
    if opens is not None and opens > now:
        what = "The channel" if channel is not None else "The mail server"
        return f"{what} is failing. Next attempt: {when}."
    if turn <= now:
        return "It is about to be sent."
    return (
        f"It will be sent {when}."
        if channel is not None
        else f"It will be sent {when}, when the person’s quiet hours end."
    )


def _when(turn: datetime, now: datetime) -> str:
    seconds = (turn - now).total_seconds()
    if seconds <= 0:
        return "now"
    return "within a minute" if seconds < 60 else due_text(turn, now)


def _waits_for_mail(row: AlertDelivery) -> bool:
    return row.status == Status.WAITING and row.channel is None
